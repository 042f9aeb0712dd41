"""Let tags name what is in the registry: the moment in which something is published."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec

from homeport.delivery.jobs import Pushed
from homeport.delivery.orders import pending
from homeport.delivery.outside import push_outside
from homeport.delivery.workshop import Workshop
from homeport.errors import Conflict
from homeport.events import ImagePushed
from homeport.model.app import App, Run
from homeport.model.image import BuildState, ImageBuild, Platform
from homeport.model.names import matches
from homeport.registry.manifests import digest_of
from homeport.registry.registry import Registry

Content = tuple[str, bytes]  # media type and bytes of a manifest


def check_protected(
    registry: Registry,
    app: App,
    repository: str,
    contents: Mapping[str, Content],
) -> None:
    """A protected tag is never moved: all or none of the tags.

    Args:
        registry: where they are.
        app: whose they are, which says what is protected.
        repository: of the tags.
        contents: tag -> what it is to name.

    Raises:
        Conflict: one is protected, and names something else.
    """
    for tag, (_, manifest) in contents.items():
        there = registry.storage.resolve(repository, tag)
        kept = any(matches(tag, pattern) for pattern in app.protected)
        if kept and there and there != digest_of(manifest):
            raise Conflict(
                f"tag {tag} of {repository} is protected, and names another image",
                hint=f"homeport app set {app.name} protected=... changes which are",
            )


async def let_name(
    shop: Workshop, app: App, build: ImageBuild, pushed: Sequence[Pushed]
) -> ImageBuild:
    """Let the tags that a job pushed name what it pushed; the build with its digest.

    Raises:
        Conflict: one is protected; none is moved.
    """
    registry = shop.registry
    assert registry
    for one in pushed:
        check_protected(registry, app, one.repository, {one.tag: (one.kind, one.manifest)})
    for one in pushed:
        digest = await registry.client.put_manifest(one.repository, one.tag, one.kind, one.manifest)
        shop.memory.record(
            ImagePushed(
                app=app.name,
                run=build.run,
                build=build.id,
                repository=one.repository,
                tag=one.tag,
                digest=digest,
                platforms=one.platforms,
            )
        )
        if one.repository == build.repository and not build.digest:
            build = msgspec.structs.replace(build, digest=digest)
    return build


async def publish_pushed(shop: Workshop, app: App, run: Run, pushed: Sequence[Pushed]) -> None:
    """Publish what the jobs of a run pushed: a build of its own for each image.

    Raises:
        Conflict: a tag is protected; none is moved.
    """
    registry = shop.registry
    try:
        for one in pushed:
            assert registry
            content = (one.kind, one.manifest)
            check_protected(registry, app, one.repository, {one.tag: content})
        for one in pushed:
            build = shop.memory.add_build(_build(pending(shop.memory.run(run.number)), one))
            build = await let_name(shop, app, build, [one])
            done = msgspec.structs.replace(build, state=BuildState.SUCCESS, finished_at=time.time())
            shop.memory.change_build(done)
        await push_outside(shop, app, run, pushed)
    finally:
        forget_pushed(shop, pushed)


def _build(waiting: ImageBuild, one: Pushed) -> ImageBuild:
    return msgspec.structs.replace(
        waiting,
        repository=one.repository,
        state=BuildState.BUILDING,
        tags=(one.tag,),
        platforms=one.platforms,
    )


def forget_pushed(shop: Workshop, pushed: Sequence[Pushed]) -> None:
    """Take the names away under which jobs staged what they pushed."""
    for one in pushed:
        if shop.registry:
            shop.registry.storage.untag(one.repository, one.staged)


def contents_of(
    tags: Mapping[str, Platform | None], known: Mapping[Platform | None, Content]
) -> dict[str, Content]:
    """What each tag is to name: one platform, or (None) all of them."""
    return {tag: known[platform] for tag, platform in tags.items()}
