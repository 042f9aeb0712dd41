"""One platform of an image: built, pushed under a tag that nobody pulls, and there to be named."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from homeport.build import binfmt
from homeport.build.apply import Built
from homeport.build.judge import check_platform
from homeport.build.platforms import builder_for, for_platform
from homeport.delivery.images import Recipe, local_name, make_image
from homeport.delivery.published import Product
from homeport.delivery.workshop import Workshop
from homeport.engine.remote import Remote
from homeport.errors import HomeportError, NotFound, Unavailable
from homeport.events import Warned
from homeport.model.app import App, Run
from homeport.model.image import Builder, Platform, read_platform
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
    platforms: tuple[Platform, ...] = ()
    endings: Mapping[Platform, str] = field(default_factory=dict)  # of Dockerfiles of their own
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

    @property
    def content(self) -> tuple[str, bytes]:
        """Media type and bytes of its manifest."""
        return self.kind, self.manifest


async def local_of(publication: Publication, platform: Platform) -> str:
    """The name of an image of one platform in the Engine, while it is published."""
    product = publication.product
    local = local_name(publication.app, product.service, publication.run)
    if platform == await publication.shop.native() and not product.varied:
        return local  # the one that went live
    return f"{local}-{platform.suffix}" + ("-rule" if product.varied else "")


async def stage_all(publication: Publication) -> list[Staged]:
    """Every platform, beside one another: BuildKit shares what they have in common.

    Raises:
        HomeportError: as `stage`, in a group.
    """
    async with publication.shop.building, asyncio.TaskGroup() as group:
        tasks = [group.create_task(stage(publication, one)) for one in publication.platforms]
    return [task.result() for task in tasks]


async def stage(publication: Publication, platform: Platform) -> Staged:
    """Build and push one platform; its program files are what the platform runs.

    Raises:
        HomeportError: it could not be built or pushed, or is another platform's.
    """
    product, run = publication.product, publication.run
    local = await local_of(publication, platform)
    recipe = Recipe(
        service=product.service,
        build=for_platform(product.build, platform, publication.endings),
        tags=(local,),
        platform=platform,
        remote=await _where(publication, platform),
    )
    tag, shop = staged(run.number, platform.suffix), publication.shop
    image, made_here = await _image(publication, recipe)
    try:
        await check_platform(shop.docker, image, platform)
        kind, manifest = await push_as(shop, image, product.repository, tag, publication.say)
    finally:
        # The registry has it, and the cache what it was made of.
        if made_here and not publication.keep_local:
            with contextlib.suppress(HomeportError):
                await shop.docker.remove_image(local)
    return Staged(
        platform=platform,
        kind=kind,
        manifest=manifest,
        tag=tag,
        dockerfile=_dockerfile_name(publication, platform),
    )


async def _where(publication: Publication, platform: Platform) -> Remote | None:
    """Who builds for a platform: a machine of its own, or this one with an emulator."""
    native = await publication.shop.native()
    builder = builder_for(platform, native, publication.shop.memory.builders())
    if builder:
        remote = publication.shop.remote(builder)
        try:
            await _check(remote, builder)
        except Unavailable as error:
            await _instead(publication, platform, error)
        else:
            publication.say(f"{platform} is built by {builder.name}")
            return remote
    if done := await binfmt.ensure(platform, native):
        publication.say(done)
    return None


async def _check(remote: Remote, builder: Builder) -> None:
    now = read_platform(await remote.architecture())
    if now != read_platform(builder.platform):
        raise Unavailable(
            f"builder {builder.name} runs {now} now, and not {builder.platform}",
            hint=f"homeport builder rm {builder.name}, and add it again",
        )


async def _instead(publication: Publication, platform: Platform, error: Unavailable) -> None:
    """Tell that this box builds in the place of a builder; where it can not, raise."""
    if not binfmt.can_run(platform, await publication.shop.native()):
        raise error
    run = publication.run
    text = f"{error.message}; {platform} is built here ({error.hint})"
    publication.shop.memory.record(Warned(app=run.app, run=run.number, text=text))


async def _image(publication: Publication, recipe: Recipe) -> tuple[str, bool]:
    """The id of an image in the Engine: the one that went live, or one that is built here."""
    shop, (name,) = publication.shop, recipe.tags
    try:
        return (await shop.docker.image(name)).id, False
    except NotFound:
        return (await _built(publication, recipe)).image_id, True


async def _built(publication: Publication, recipe: Recipe) -> Built:
    """Build it; here, where the machine that began is gone."""
    shop, app, run, tree = publication.shop, publication.app, publication.run, publication.tree
    say = _labelled(publication.say, str(recipe.platform))
    try:
        return await make_image(shop, app, run, recipe, tree, say)
    except HomeportError:
        gone = await _gone(recipe.remote)
        if gone is None or recipe.platform is None:
            raise
        await _instead(publication, recipe.platform, gone)
    await binfmt.ensure(recipe.platform, await shop.native())
    return await make_image(shop, app, run, replace(recipe, remote=None), tree, say)


async def _gone(remote: Remote | None) -> Unavailable | None:
    try:
        if remote:
            await remote.architecture()
    except Unavailable as error:
        return error
    return None


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


def _dockerfile_name(publication: Publication, platform: Platform) -> str:
    how = for_platform(publication.product.build, platform, publication.endings)
    return how.dockerfile or "Dockerfile"


def _labelled(say: Callable[[str], None], platform: str) -> Callable[[str], None]:
    """Lines of several builds at once have to say whose they are."""
    return lambda line: say(f"[{platform}] {line}")


def published_before(publication: Publication, key: str) -> list[Staged]:
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
                dockerfile=_dockerfile_name(publication, platform),
            )
            for platform in publication.platforms
        ]
    except (NotFound, KeyError):
        return []
