"""What was published is described when nobody waits any more: an SBOM beside each image."""

from __future__ import annotations

import asyncio
from pathlib import Path

from homeport.build.sbom import MEDIA_TYPE, find_syft, sbom
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError
from homeport.events import Warned
from homeport.model.image import ImageBuild, Made
from homeport.registry.attach import Attachment, attach, attachments_of
from homeport.registry.registry import Registry


class Describer:
    """Describes one image after the other."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, build: ImageBuild) -> None:
        """Describe what a build published, later."""
        if self._shop.registry and self._shop.sbom and find_syft():
            name = f"describe {build.repository}"
            task = asyncio.create_task(self._describe(self._shop.registry, build), name=name)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _describe(self, registry: Registry, build: ImageBuild) -> None:
        async with self._turn:
            for image in list(registry.storage.images(build.digest)):
                try:
                    await _one(registry, build.repository, image, self._shop.scratch)
                except HomeportError as error:
                    text = f"{image.platform}: {error.message}"
                    self._shop.memory.record(Warned(app=build.app, run=build.run, text=text))


async def _one(registry: Registry, repository: str, image: Made, scratch: Path) -> None:
    """Nothing where it is described: the same image was published before."""
    storage = registry.storage
    there = {a.artifact_type for a in attachments_of(storage, repository, image.digest)}
    if MEDIA_TYPE in there:
        return
    reference = f"{registry.address}/{repository}@{image.digest}"
    token = registry.own_pass(repository)
    content = await sbom(reference, registry=registry.address, token=token, scratch=scratch)
    manifest = storage.blob(image.digest)
    subject = (storage.manifest(image.digest).media_type, manifest)
    found = Attachment(artifact_type=MEDIA_TYPE, content=content)
    await attach(registry.client, storage, repository, subject, [found])
