"""One platform of an image: built, pushed under a tag that nobody pulls, and there to be named."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from homeport.build import binfmt
from homeport.build.judge import check_platform
from homeport.build.platforms import builder_for, for_platform
from homeport.delivery.images import Recipe, local_name, make_image
from homeport.delivery.published import Product
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError, NotFound
from homeport.model.app import App, Run
from homeport.model.image import Platform, read_platform
from homeport.model.names import staged
from homeport.registry.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An image on its way: for which run, from which checkout, to which registry."""

    shop: Workshop
    registry: Registry
    app: App
    run: Run
    product: Product
    tree: Path
    keep_local: bool = False  # hooks look at what was built: who runs them takes it away

    def say(self, line: str) -> None:
        """Write a line of output to the run's log."""
        self.shop.memory.output(self.run.number, f"       {line}")


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """An image of one platform that is in the registry, and that no tag for people names yet."""

    platform: Platform
    kind: str  # media type of its manifest
    manifest: bytes
    tag: str
    dockerfile: str


async def local_of(publication: Publication, platform: Platform) -> str:
    """The name of an image of one platform in the Engine, while it is published."""
    product = publication.product
    local = local_name(publication.app, product.service, publication.run)
    if platform == await publication.shop.native() and not product.varied:
        return local  # the one that went live
    return f"{local}-{platform.suffix}" + ("-rule" if product.varied else "")


async def stage(
    publication: Publication, platform: Platform, endings: dict[Platform, str]
) -> Staged:
    """Build and push one platform; its program files are what the platform runs.

    Raises:
        HomeportError: it could not be built or pushed, or is another platform's.
    """
    product, run = publication.product, publication.run
    how = for_platform(product.build, platform, endings)
    local = await local_of(publication, platform)
    recipe = Recipe(
        service=product.service,
        build=how,
        tags=(local,),
        platform=platform,
        host=await _where(publication, platform),
    )
    tag = staged(run.number, platform.suffix)
    image, made_here = await _image(publication, recipe)
    try:
        await check_platform(publication.shop.docker, image, platform)
        kind, manifest = await push(publication, image, tag)
    finally:
        if (
            made_here and not publication.keep_local
        ):  # the registry has it, and the cache what it was made of
            with contextlib.suppress(HomeportError):
                await publication.shop.docker.remove_image(local)
    return Staged(
        platform=platform,
        kind=kind,
        manifest=manifest,
        tag=tag,
        dockerfile=dockerfile_name(publication, platform, endings),
    )


async def _where(publication: Publication, platform: Platform) -> str:
    """Who builds for a platform: a machine of its own, or this one with an emulator."""
    native = await publication.shop.native()
    builder = builder_for(platform, native, publication.shop.memory.builders())
    if builder:
        publication.say(f"{platform} is built by {builder.name}")
        return builder.host
    if done := await binfmt.ensure(platform, native):
        publication.say(done)
    return ""


async def _image(publication: Publication, recipe: Recipe) -> tuple[str, bool]:
    """The id of an image in the Engine: the one that went live, or one that is built here."""
    shop, (name,) = publication.shop, recipe.tags
    try:
        return (await shop.docker.image(name)).id, False
    except NotFound:
        say = _labelled(publication.say, str(recipe.platform))
        built = await make_image(
            shop, publication.app, publication.run, recipe, publication.tree, say
        )
        return built.image_id, True


async def push(publication: Publication, image: str, tag: str) -> tuple[str, bytes]:
    """Let the Engine push an image under a tag; its manifest's type and bytes."""
    repository = publication.product.repository
    return await push_as(publication.shop, image, repository, tag, publication.say)


async def push_as(
    shop: Workshop, image: str, repository: str, tag: str, say: Callable[[str], None]
) -> tuple[str, bytes]:
    """Let the Engine push an image to a repository, under a tag; its manifest's type and bytes.

    The Engine sends what the registry does not have: a layer of another repository is mounted.
    """
    registry, docker = shop.registry, shop.docker
    assert registry
    name = f"{registry.address}/{repository}"
    await docker.tag(image, name, tag)
    try:
        async for line in docker.push(f"{name}:{tag}", token=registry.own_pass(repository)):
            say(line)
    finally:
        await docker.remove_image(f"{name}:{tag}")
    return await registry.client.manifest(repository, tag)


def dockerfile_name(
    publication: Publication, platform: Platform, endings: dict[Platform, str]
) -> str:
    """The name of the Dockerfile that a platform is built from."""
    return for_platform(publication.product.build, platform, endings).dockerfile or "Dockerfile"


def _labelled(say: Callable[[str], None], platform: str) -> Callable[[str], None]:
    """Lines of several builds at once have to say whose they are."""
    return lambda line: say(f"[{platform}] {line}")


def published_before(
    publication: Publication,
    platforms: tuple[Platform, ...],
    endings: dict[Platform, str],
    key: str,
) -> list[Staged]:
    """The images of an earlier build with the same input, where the registry still has them."""
    repository, storage = publication.product.repository, publication.registry.storage
    before = publication.shop.memory.build_of_key(repository, key) if key else None
    if before is None:
        return []
    try:
        there = {read_platform(m.platform): m.digest for m in storage.images(before.digest)}
        return [
            Staged(
                platform=platform,
                kind=storage.manifest(there[platform]).media_type,
                manifest=storage.blob(there[platform]),
                tag="",
                dockerfile=dockerfile_name(publication, platform, endings),
            )
            for platform in platforms
        ]
    except (NotFound, KeyError):
        return []
