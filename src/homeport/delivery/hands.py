"""What the Docker socket of a job may do besides asking the Engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

from homeport.build import binfmt
from homeport.delivery.indexes import stage_index
from homeport.delivery.jobs import Job, Pushed
from homeport.delivery.staging import push_as
from homeport.delivery.workshop import Workshop
from homeport.engine.logins import registry_of
from homeport.errors import HomeportError
from homeport.model.image import Platform, read_platform
from homeport.model.names import check_tag
from homeport.pipeline.serve import Hands


def hands_of(job: Job) -> Hands:
    """Those of a job; what it pushes is noted with it."""
    return Hands(
        docker=job.shop.docker,
        stage=lambda image, name, tag: _stage(job, image, name, tag),
        index=lambda asked, parts: stage_index(job, asked, parts),
        register=lambda: _register(job.shop),
        say=job.say,
    )


async def _stage(job: Job, image: str, name: str, tag: str) -> AsyncIterator[str]:
    """`docker push`: into homeport's registry, under a tag that nobody pulls yet.

    Raises:
        RequestError: it is no name of a repository here.
        Conflict: the repository is another app's.
    """
    job.registry()
    repository = job.repository(name)
    check_tag(tag)
    if job.run.pull:
        yield f"{tag}: not pushed, since this is a pull request"
        return
    outside = job.outside(name, tag)
    there = f" and goes to {registry_of(outside)} then" if outside else ""
    yield f"The push refers to repository [{repository}], staged until this run has passed"
    aside = job.aside()
    kind, manifest = await push_as(job.shop, image, repository, aside, job.say)
    found = await job.shop.docker.image(image)
    job.pushed.append(
        Pushed(
            repository=repository,
            tag=tag,
            staged=aside,
            platforms=(str(read_platform(found.architecture)),),
            kind=kind,
            manifest=manifest,
            outside=outside,
        )
    )
    yield f"{tag}: staged{there}"


async def _register(shop: Workshop) -> None:
    """Emulators for what people build for; those that this box has."""
    native, faults = await shop.native(), []
    for platform in (Platform("arm64"), Platform("arm", "v7"), Platform("amd64")):
        try:
            await binfmt.ensure(platform, native)
        except HomeportError as error:
            faults.append(error)
    if len(faults) > 1:
        raise faults[0]
