"""One name for the images of several jobs: `docker manifest` of a job, in homeport's registry.

It is staged as any push, and published once the run has passed. The client itself would ask
registries, which have nothing of what is staged.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from homeport.delivery.jobs import Job, Pushed
from homeport.errors import NotFound, RequestError
from homeport.model.image import Platform, read_platform
from homeport.model.names import DIGEST
from homeport.pipeline.gate.parts import Part
from homeport.pipeline.gate.scope import familiar, split_tag
from homeport.pipeline.gate.verdict import Index
from homeport.registry.manifests import digest_of, index_of
from homeport.registry.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """An image that an index names."""

    part: Part  # as the job gave it
    repository: str
    platform: Platform
    kind: str
    manifest: bytes


async def stage_index(job: Job, asked: Index, parts: Sequence[Part]) -> AsyncIterator[str]:
    """Look at an index, show it, or stage it; lines for the job.

    Raises:
        RequestError: a name cannot be, or two images are for one platform.
        NotFound: an image is neither staged in this run nor published here.
        Conflict: a repository is another app's.
    """
    job.repository(asked.name)
    if job.run.pull:  # nothing that it pushes is staged, so that there is nothing to look at
        yield f"{asked.tag}: not pushed, since this is a pull request"
        return
    children = [child for part in parts for child in _children(job, part)]
    _check(children)
    kind, manifest = index_of([(c.platform, c.kind, c.manifest) for c in children])
    if asked.how == "show":
        for line in manifest.decode().splitlines():
            yield line
    if asked.how == "push":
        await _staged(job, asked, children, kind, manifest)
        yield f"{digest_of(manifest)}: staged for {', '.join(job.pushed[-1].platforms)}"


async def _staged(
    job: Job, asked: Index, children: Sequence[_Child], kind: str, manifest: bytes
) -> None:
    """Put an index into the registry, with what it names, under a tag that nobody pulls yet."""
    registry, repository, aside = job.registry(), job.repository(asked.name), job.aside()
    for child in children:
        await _brought(registry, repository, child)
    await registry.client.put_manifest(repository, aside, kind, manifest)
    job.pushed.append(
        Pushed(
            repository=repository,
            tag=asked.tag,
            staged=aside,
            platforms=tuple(str(child.platform) for child in children),
            kind=kind,
            manifest=manifest,
            outside=job.outside(asked.name, asked.tag),
            parts=tuple(child.part for child in children),
        )
    )


def _check(children: Sequence[_Child]) -> None:
    seen: dict[Platform, str] = {}
    for child in children:
        if other := seen.get(child.platform):
            raise RequestError(
                f"{other} and {child.part.name} are both for {child.platform}",
                hint="docker manifest annotate --arch ARCH --variant V says what one is for",
            )
        seen[child.platform] = child.part.name


def _children(job: Job, part: Part) -> list[_Child]:
    """The image of a name, or those of the index that it names; not what is attached to them."""
    name, tag = _named(familiar(part.name))
    registry, repository = job.registry(), job.repository(name)
    digest = _digest(job, registry, repository, tag)
    if not digest:
        raise NotFound(
            f"{part.name} is not in the registry of this box",
            hint=f"docker push {part.name}, in this job or in a stage before it",
        )
    images = list(registry.storage.images(digest))
    if part.platform and len(images) > 1:
        raise RequestError(f"{part.name} names {len(images)} images, of several platforms")
    return [
        _Child(
            part=part,
            repository=repository,
            platform=read_platform(part.platform or image.platform),
            kind=registry.storage.manifest(image.digest).media_type,
            manifest=registry.storage.blob(image.digest),
        )
        for image in images
    ]


def _named(name: str) -> tuple[str, str]:
    """Name and tag, or name and digest."""
    plain, at, digest = name.partition("@")
    return (split_tag(plain)[0], digest) if at else split_tag(plain)


def _digest(job: Job, registry: Registry, repository: str, tag: str) -> str:
    """What a tag names for a job: what this run has pushed to it last, or what is published."""
    if DIGEST.fullmatch(tag):
        return tag if registry.storage.holds(repository, tag) else ""
    staged = [p for p in (*job.earlier, *job.pushed) if (p.repository, p.tag) == (repository, tag)]
    if staged:
        return digest_of(staged[-1].manifest)
    return registry.storage.resolve(repository, tag)


async def _brought(registry: Registry, repository: str, child: _Child) -> None:
    """An index names what its own repository has: what another one has is mounted there."""
    if child.repository == repository:
        return
    manifest = registry.storage.manifest(digest_of(child.manifest))
    for blob in manifest.blobs:
        await registry.client.mount(repository, blob, child.repository)
    digest = digest_of(child.manifest)
    await registry.client.put_manifest(repository, digest, child.kind, child.manifest)
