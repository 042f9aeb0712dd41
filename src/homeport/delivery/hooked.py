"""The story of an image with hooks around it, as Docker Hub has them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from homeport.delivery.hooks import Hooks
from homeport.delivery.jobs import Pushed
from homeport.delivery.naming import forget_pushed, let_name
from homeport.delivery.outside import push_outside
from homeport.delivery.provenance import describe
from homeport.delivery.staging import Publication, Staged, local_of, stage_all
from homeport.delivery.tagging import name_all
from homeport.errors import HomeportError
from homeport.model.image import ImageBuild
from homeport.pipeline.gate.scope import split_tag


async def publish_hooked(publication: Publication, build: ImageBuild, hooks: Hooks) -> ImageBuild:
    """Publish an image, with the hooks at their places; what the build is afterwards.

    It is built each time: nobody knows what goes into it.

    Raises:
        HomeportError: a hook failed, or it is not published.
    """
    publication = replace(publication, keep_local=True)  # hooks look for it
    if hooks.has("build"):
        native = await publication.shop.native()
        publication = replace(publication, platforms=(native,), endings={})
    try:
        await hooks.run("post_checkout", "pre_build")
        made = await _made(publication, hooks)
        tests = () if _went_live(publication) else ("pre_test", "test", "post_test")
        await hooks.run("post_build", *tests)
        build = await _pushed(publication, build, made, hooks)
    finally:
        await _clear(publication, hooks)
    return await describe(publication, build, made, "")


async def _made(publication: Publication, hooks: Hooks) -> list[Staged]:
    """Build it, by `hooks/build` where there is one, and let the hooks find it."""
    docker = publication.shop.docker
    local = await local_of(publication, await publication.shop.native())
    # An image that is there went live: it was built by the hook for that.
    if hooks.has("build") and not await docker.has_image(local):
        await hooks.run("build")
        await docker.tag(await hooks.built(), *split_tag(local))
    made = await stage_all(publication)
    if await docker.has_image(local):
        await hooks.offer(local)
    return made


async def _pushed(
    publication: Publication, build: ImageBuild, made: list[Staged], hooks: Hooks
) -> ImageBuild:
    """Let the tags name it, or what `hooks/push` pushed instead."""
    await hooks.run("pre_push")
    if await hooks.run("push"):
        build = await _published(publication, build, hooks.job.pushed)
    else:
        build = await name_all(publication, build, made)
        await _published(publication, build, hooks.job.pushed)
    before = len(hooks.job.pushed)
    await hooks.run("post_push")  # people push further tags in it
    await _published(publication, build, hooks.job.pushed[before:])
    return build


async def _published(
    publication: Publication, build: ImageBuild, pushed: Sequence[Pushed]
) -> ImageBuild:
    """Let the tags that hooks pushed name what they pushed; the build with its digest."""
    shop, app = publication.shop, publication.app
    build = await let_name(shop, app, build, pushed)
    await push_outside(shop, app, publication.run, pushed)
    return build


async def _clear(publication: Publication, hooks: Hooks) -> None:
    """Take away what the hooks could look for, but for the image that is live."""
    native = await publication.shop.native()
    kept = {native} if _went_live(publication) else set()
    for platform in set(publication.platforms) - kept:
        with contextlib.suppress(HomeportError):
            await publication.shop.docker.remove_image(await local_of(publication, platform))
    forget_pushed(publication.shop, hooks.job.pushed)


def _went_live(publication: Publication) -> bool:
    """Whether the run put the image on the air, and tested it before; else it is built only."""
    return publication.run.kind != "build"
