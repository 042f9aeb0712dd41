"""The story of an image: build every platform, check it, push it, and let the tags name it.

Everything is done before a tag moves: who pulls one gets what was there, or all of the new.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from homeport.build.apply import read_dockerfile
from homeport.build.platforms import beside, for_platform, platforms_of
from homeport.build.provenance import MEDIA_TYPE as PROVENANCE
from homeport.build.provenance import statement
from homeport.delivery.hooks import Hooks, hooks_of
from homeport.delivery.images import Recipe, base_digests, inputs_of
from homeport.delivery.jobs import Job
from homeport.delivery.naming import (
    Content,
    check_protected,
    contents_of,
    forget_pushed,
    let_name,
)
from homeport.delivery.outside import push_outside
from homeport.delivery.published import Product, tags_of
from homeport.delivery.staging import Publication, Staged, local_of, published_before, stage
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError, NotFound
from homeport.events import BuildStarted, ImagePushed
from homeport.model.image import ImageBuild, Platform
from homeport.pipeline.gate.scope import split_tag
from homeport.registry.attach import Attachment, attach
from homeport.registry.manifests import digest_of, index_of
from homeport.registry.registry import Registry
from homeport.registry.storage import RESERVE, has_room

_AGAIN = 2  # times that a publication goes on after the registry was gone
_UP_WITHIN = 120.0  # seconds in which the registry has to answer


async def with_patience(publication: Publication, build: ImageBuild) -> ImageBuild:
    """Publish an image; again where the registry died meanwhile, once it answers.

    Raises:
        HomeportError: it is not published; every tag names what it named before.
    """
    for _ in range(_AGAIN):
        try:
            return await publish(publication, build)
        except* HomeportError as group:
            if await publication.registry.client.answers():
                raise group from None
            publication.say("the registry does not answer: this goes on when it does")
            await _back(publication.registry)
    return await publish(publication, build)


async def _back(registry: Registry) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_UP_WITHIN):
            while not await registry.client.answers():
                await asyncio.sleep(0.2)


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
    _check_room(publication.registry)
    await _registry_answers(shop)
    job = Job(shop=shop, app=publication.app, run=publication.run, say=publication.say)
    session = hooks_of(
        job,
        product.build,
        tree=publication.tree,
        repository=product.repository,
        tag=next(iter(product.tags), "latest"),
    )
    async with session as hooks:
        if hooks.names:
            return await _hooked(publication, build, hooks, platforms, endings)
        key = await _key(publication, platforms, endings)
        made = published_before(publication, platforms, endings, key)
        build = msgspec.structs.replace(build, reused=bool(made))
        made = made or await _all_platforms(publication, platforms, endings)
        build = await _named(publication, build, made, platforms, endings)
    return await _described(publication, build, made, key)


async def _hooked(
    publication: Publication,
    build: ImageBuild,
    hooks: Hooks,
    platforms: tuple[Platform, ...],
    endings: dict[Platform, str],
) -> ImageBuild:
    """The same with hooks around it, as Docker Hub has them; nobody knows what goes into it."""
    docker, tested = publication.shop.docker, publication.run.kind != "build"
    publication = replace(publication, keep_local=True)  # hooks look for it
    native = await publication.shop.native()
    local = await local_of(publication, native)
    await hooks.run("post_checkout", "pre_build")
    try:
        if hooks.has("build"):
            platforms, endings = (native,), {}
            if not await docker.has_image(local):  # else it is what went live
                await hooks.run("build")
                await docker.tag(await hooks.built(), *split_tag(local))
        made = await _all_platforms(publication, platforms, endings)
        if await docker.has_image(local):
            await hooks.offer(local)
        await hooks.run("post_build", *(() if tested else ("pre_test", "test", "post_test")))
        await hooks.run("pre_push")
        if await hooks.run("push"):
            build = await let_name(publication.shop, publication.app, build, hooks.job.pushed)
        else:
            build = await _named(publication, build, made, platforms, endings)
            await let_name(publication.shop, publication.app, build, hooks.job.pushed)
        await push_outside(publication.shop, publication.app, publication.run, hooks.job.pushed)
        await hooks.run("post_push")
    finally:
        for platform in platforms if not tested else set(platforms) - {native}:
            with contextlib.suppress(HomeportError):
                await docker.remove_image(await local_of(publication, platform))
        forget_pushed(publication.shop, hooks.job.pushed)
    return await _described(publication, build, made, "")


async def _named(
    publication: Publication,
    build: ImageBuild,
    made: list[Staged],
    platforms: tuple[Platform, ...],
    endings: dict[Platform, str],
) -> ImageBuild:
    """Let the tags name what was made."""
    product, storage = publication.product, publication.registry.storage
    try:
        digest = await _name(publication, build, made, tags_of(product.tags, platforms, endings))
    finally:
        for one in made if not build.reused else ():
            storage.untag(product.repository, one.tag)
    return msgspec.structs.replace(build, digest=digest)


async def _described(
    publication: Publication, build: ImageBuild, made: list[Staged], key: str
) -> ImageBuild:
    """Keep what an image was made of, beside it in the registry, too."""
    shop, product, registry = publication.shop, publication.product, publication.registry
    if not build.digest:  # hooks/push published elsewhere
        shop.memory.change_build(build, key)
        return build
    plain = next(iter(sorted(made, key=lambda m: m.dockerfile)))
    images = list(registry.storage.images(build.digest))
    text = _dockerfile(product, plain.dockerfile)
    build = msgspec.structs.replace(
        build,
        size=max((image.size for image in images), default=0),
        parts=tuple(image.digest for image in images if image.digest != build.digest),
        dockerfile=text,
        dockerfile_path=plain.dockerfile,
        args={key: value or "" for key, value in product.build.args.items()},
        bases=await base_digests(shop, text, product.build),
    )
    shop.memory.change_build(build, key)
    said = statement(build, images, finished_at=time.time())
    provenance = Attachment(artifact_type=PROVENANCE, content=said)
    whole = await registry.client.manifest(product.repository, build.digest)
    await attach(registry.client, registry.storage, product.repository, whole, [provenance])
    return build


async def _key(
    publication: Publication, platforms: tuple[Platform, ...], endings: dict[Platform, str]
) -> str:
    """Tells what goes into the images of all platforms; "" where that cannot be known before."""
    marks = []
    for platform in platforms:
        how = for_platform(publication.product.build, platform, endings)
        recipe = Recipe(service="", build=how, tags=(), platform=platform)
        marks.append(await inputs_of(publication.shop, recipe, publication.run.commit))
    return digest_of(" ".join(marks).encode()) if all(marks) else ""


def _check_room(registry: Registry) -> None:
    """Homeport's database and what is pushed stand on the same disk: they need the rest of it."""
    if not has_room(registry.storage.folder):
        raise HomeportError(
            f"the disk of the registry has less than {RESERVE / 1e6:.0f} MB left",
            hint="homeport image prune; df -h shows the disks",
        )


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
        tasks = [group.create_task(stage(publication, platform, endings)) for platform in platforms]
    return [task.result() for task in tasks]


async def _name(
    publication: Publication,
    build: ImageBuild,
    made: list[Staged],
    tags: Mapping[str, Platform | None],
) -> str:
    """Let each tag name what was made; the digest of the whole."""
    whole = _whole(made)
    known: dict[Platform | None, Content] = {None: whole, **{m.platform: _of(m) for m in made}}
    contents = contents_of(tags, known)
    check_protected(publication.registry, publication.app, build.repository, contents)
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


def _dockerfile(product: Product, name: str) -> str:
    """The text of the Dockerfile that an image was built from."""
    if product.build.dockerfile_inline:
        return product.build.dockerfile_inline
    try:
        return (read_dockerfile(product.build.context, name) or "")[:100_000]
    except (OSError, NotFound):
        return ""
