"""The story of an image: build every platform, check it, push it, and let the tags name it.

Everything is done before a tag moves: who pulls one gets what was there, or all of the new.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from homeport.build import binfmt
from homeport.build.apply import read_dockerfile
from homeport.build.bases import bases
from homeport.build.platforms import beside, for_platform, platforms_of
from homeport.build.provenance import MEDIA_TYPE as PROVENANCE
from homeport.build.provenance import statement
from homeport.delivery.images import Recipe, local_name, make_image
from homeport.delivery.published import Product, tags_of
from homeport.delivery.workshop import Workshop
from homeport.errors import Conflict, HomeportError, NotFound
from homeport.events import BuildStarted, ImagePushed
from homeport.model.app import App, Run
from homeport.model.image import ImageBuild, Platform
from homeport.model.names import matches, staged
from homeport.registry.attach import Attachment, attach
from homeport.registry.manifests import digest_of, index_of
from homeport.registry.registry import Registry

_UP_WITHIN = 120.0  # seconds in which the registry has to answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An image on its way: for which run, from which checkout, to which registry."""

    shop: Workshop
    registry: Registry
    app: App
    run: Run
    product: Product
    tree: Path

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


async def publish(publication: Publication, build: ImageBuild) -> ImageBuild:
    """Publish an image; what the build is afterwards.

    Raises:
        HomeportError: it is not published; every tag names what it named before.
    """
    shop, product = publication.shop, publication.product
    endings = beside(product.build)
    platforms = platforms_of(product.said, endings, await shop.native())
    build = msgspec.structs.replace(
        build, tags=product.tags, platforms=tuple(str(p) for p in platforms)
    )
    shop.memory.record(
        BuildStarted(
            app=build.app,
            run=build.run,
            build=build.id,
            repository=build.repository,
            tags=build.tags,
            platforms=build.platforms,
        )
    )
    await _registry_answers(shop)
    made = await _all_platforms(publication, platforms, endings)
    try:
        digest = await _name(publication, build, made, tags_of(product.tags, platforms, endings))
    finally:
        for one in made:
            publication.registry.storage.untag(product.repository, one.tag)
    plain = next(iter(sorted(made, key=lambda m: m.dockerfile)))
    images = list(publication.registry.storage.images(digest))
    text = _dockerfile(product, plain.dockerfile)
    build = msgspec.structs.replace(
        build,
        digest=digest,
        size=max((image.size for image in images), default=0),
        dockerfile=text,
        dockerfile_path=plain.dockerfile,
        args={key: value or "" for key, value in product.build.args.items()},
        bases=await _bases(shop, text, product),
    )
    said = statement(build, images, finished_at=time.time())
    provenance = Attachment(artifact_type=PROVENANCE, content=said)
    registry = publication.registry
    whole = _whole(made)
    await attach(registry.client, registry.storage, product.repository, whole, [provenance])
    return build


async def _bases(shop: Workshop, text: str, product: Product) -> dict[str, str]:
    """The images that it starts from, with their digests as this box has them."""
    found = {}
    for name in bases(text, product.build.args, product.build.target):
        with contextlib.suppress(NotFound):
            image = await shop.docker.image(name)
            pulled = (digest.partition("@")[2] for digest in image.digests)
            found[name] = next(pulled, image.id)
    return found


async def _registry_answers(shop: Workshop) -> None:
    try:
        async with asyncio.timeout(_UP_WITHIN):
            await shop.published.wait()
    except TimeoutError as error:
        raise HomeportError(
            f"the registry did not answer within {_UP_WITHIN:g} s", hint="homeport status"
        ) from error


async def _all_platforms(
    publication: Publication, platforms: tuple[Platform, ...], endings: dict[Platform, str]
) -> list[Staged]:
    """Every platform, beside one another: BuildKit shares what they have in common."""
    async with publication.shop.building, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_one_platform(publication, platform, endings))
            for platform in platforms
        ]
    return [task.result() for task in tasks]


async def _one_platform(
    publication: Publication, platform: Platform, endings: dict[Platform, str]
) -> Staged:
    product, run = publication.product, publication.run
    how = for_platform(product.build, platform, endings)
    local = local_name(publication.app, product.service, run)
    if platform != await publication.shop.native() or product.varied:
        local = f"{local}-{platform.suffix}" + ("-rule" if product.varied else "")
    if done := await binfmt.ensure(platform, await publication.shop.native()):
        publication.say(done)
    recipe = Recipe(service=product.service, build=how, tags=(local,), platform=platform)
    image, made_here = await _image(publication, recipe)
    tag = staged(run.number, platform.suffix)
    kind, manifest = await push(publication, image, tag)
    if made_here:  # the registry has it, and the cache what it was made of
        with contextlib.suppress(HomeportError):
            await publication.shop.docker.remove_image(local)
    return Staged(
        platform=platform,
        kind=kind,
        manifest=manifest,
        tag=tag,
        dockerfile=how.dockerfile or "Dockerfile",
    )


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
    """Let the Engine push an image under a tag; its manifest's type and bytes.

    The Engine sends what the registry does not have: a layer of another repository is mounted.
    """
    registry, repository = publication.registry, publication.product.repository
    docker = publication.shop.docker
    name = f"{registry.address}/{repository}"
    await docker.tag(image, name, tag)
    try:
        async for line in docker.push(f"{name}:{tag}", token=registry.own_pass(repository)):
            publication.say(line)
    finally:
        await docker.remove_image(f"{name}:{tag}")
    return await registry.client.manifest(repository, tag)


async def _name(
    publication: Publication,
    build: ImageBuild,
    made: list[Staged],
    tags: Mapping[str, Platform | None],
) -> str:
    """Let each tag name what was made; the digest of the whole."""
    whole = _whole(made)
    _check_protected(publication, tags, {None: whole, **{m.platform: _of(m) for m in made}})
    for tag, platform in sorted(tags.items(), key=lambda item: item[1] is None):
        kind, content = whole if platform is None else _of(_find(made, platform))
        digest = await publication.registry.client.put_manifest(
            build.repository, tag, kind, content
        )
        covered = [str(m.platform) for m in made if platform in (None, m.platform)]
        publication.shop.memory.record(
            ImagePushed(
                app=build.app,
                run=build.run,
                build=build.id,
                repository=build.repository,
                tag=tag,
                digest=digest,
                platforms=tuple(covered),
            )
        )
    return digest_of(whole[1])


def _whole(made: list[Staged]) -> tuple[str, bytes]:
    """An index of all; the manifest itself where there is but one."""
    if len(made) == 1:
        return _of(made[0])
    return index_of([(m.platform, m.kind, m.manifest) for m in made])


def _of(one: Staged) -> tuple[str, bytes]:
    return one.kind, one.manifest


def _find(made: list[Staged], platform: Platform) -> Staged:
    return next(one for one in made if one.platform == platform)


def _check_protected(
    publication: Publication,
    tags: Mapping[str, Platform | None],
    contents: Mapping[Platform | None, tuple[str, bytes]],
) -> None:
    """A protected tag is never moved: all or none of the tags."""
    storage, repository = publication.registry.storage, publication.product.repository
    for tag, platform in tags.items():
        there = storage.resolve(repository, tag)
        kept = any(matches(tag, pattern) for pattern in publication.app.protected)
        if kept and there and there != digest_of(contents[platform][1]):
            raise Conflict(
                f"tag {tag} of {repository} is protected, and names another image",
                hint=f"homeport app set {publication.app.name} protected=... changes which are",
            )


def _labelled(say: Callable[[str], None], platform: str) -> Callable[[str], None]:
    """Lines of several builds at once have to say whose they are."""
    return lambda line: say(f"[{platform}] {line}")


def _dockerfile(product: Product, name: str) -> str:
    """The text of the Dockerfile that an image was built from."""
    if product.build.dockerfile_inline:
        return product.build.dockerfile_inline
    try:
        return (read_dockerfile(product.build.context, name) or "")[:100_000]
    except (OSError, NotFound):
        return ""
