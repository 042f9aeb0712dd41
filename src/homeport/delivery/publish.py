"""The story of an image: build every platform, check it, push it, and let the tags name it.

Everything is done before a tag moves: who pulls one gets what was there, or all of the new.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import msgspec

from homeport.build.platforms import beside, for_platform, platforms_of
from homeport.delivery.hooked import publish_hooked
from homeport.delivery.hooks import Hooks, hooks_of
from homeport.delivery.images import Recipe, inputs_of
from homeport.delivery.jobs import Job
from homeport.delivery.provenance import describe
from homeport.delivery.staging import Publication, published_before, stage_all
from homeport.delivery.tagging import name_all
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError
from homeport.events import BuildStarted
from homeport.model.image import ImageBuild
from homeport.registry.manifests import digest_of
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
    publication = await _for_platforms(publication)
    build = _started(publication, build)
    _check_room(publication.registry)
    await _registry_answers(publication.shop)
    async with _hooks(publication) as hooks:
        if hooks.names:
            return await publish_hooked(publication, build, hooks)
        key = await _key(publication)
        made = published_before(publication, key)
        build = msgspec.structs.replace(build, reused=bool(made))
        made = made or await stage_all(publication)
        build = await name_all(publication, build, made)
    return await describe(publication, build, made, key)


async def _for_platforms(publication: Publication) -> Publication:
    product = publication.product
    endings = beside(product.build)
    platforms = platforms_of(product.said, endings, await publication.shop.native())
    return replace(publication, platforms=platforms, endings=endings)


def _started(publication: Publication, build: ImageBuild) -> ImageBuild:
    """The build with what it is for; that it began is told."""
    platforms = tuple(str(platform) for platform in publication.platforms)
    build = msgspec.structs.replace(build, tags=publication.product.tags, platforms=platforms)
    publication.shop.memory.record(
        BuildStarted(
            app=build.app,
            run=build.run,
            build=build.id,
            repository=build.repository,
            tags=build.tags,
            platforms=build.platforms,
        )
    )
    return build


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


def _hooks(publication: Publication) -> AbstractAsyncContextManager[Hooks]:
    product = publication.product
    job = Job(shop=publication.shop, app=publication.app, run=publication.run, say=publication.say)
    tag = next(iter(product.tags), "latest")
    return hooks_of(
        job, product.build, tree=publication.tree, repository=product.repository, tag=tag
    )


async def _key(publication: Publication) -> str:
    """Tells what goes into the images of all platforms; "" where that cannot be known before."""
    marks = []
    for platform in publication.platforms:
        how = for_platform(publication.product.build, platform, publication.endings)
        recipe = Recipe(service="", build=how, tags=(), platform=platform)
        marks.append(await inputs_of(publication.shop, recipe, publication.run.commit))
    return digest_of(" ".join(marks).encode()) if all(marks) else ""
