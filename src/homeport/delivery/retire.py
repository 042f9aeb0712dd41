"""Releases that are kept no longer, with the names of their images."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence

from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError
from homeport.model.app import Release


async def forget_old_releases(shop: Workshop, app: str, *, keep: int | None = None) -> int:
    """Keep the newest releases of an app, and those that somebody needs; how many went.

    Needed are the one that is live, the one before, and those that a run goes to or that are being
    published: the disk may be looked at in the middle of a rollout. An image that a container still
    uses stays: the Engine refuses to remove it.

    Args:
        shop: where they are.
        app: whose they are.
        keep: how many; else as many as the setting says.
    """
    current = shop.memory.app(app).current_release
    releases, newest = shop.memory.releases(app), shop.keep_releases if keep is None else keep
    needed = {current, shop.memory.live_before(app, current), *_under_way(shop, app, releases)}
    old = [release for release in releases[newest:] if release.number not in needed]
    kept = {ref for release in releases if release not in old for ref in _references(release)}
    for release in old:
        gone = _references(release) - kept
        commits = {_commit(ref) for ref in gone} - {_commit(ref) for ref in kept}
        await _remove_images(shop, gone | commits)
        shop.memory.forget_release(release)
    return len(old)


def _under_way(shop: Workshop, app: str, releases: Sequence[Release]) -> set[int]:
    """The numbers of those that runs go to, and whose images are being published."""
    targets = {run.release for run in shop.memory.unfinished() if run.app == app}
    builds = {build.run for build in shop.memory.unfinished_builds()}
    return targets | {release.number for release in releases if release.run in builds}


async def forget_images(shop: Workshop, app: str) -> None:
    """Take the names of every image of an app away; for one that is being removed.

    Also of those that no release has: a build that outlived the daemon made them.
    """
    found = await shop.docker.images(labels=(f"homeport.app={app}",))
    names = {name for image in found for name in image.get("RepoTags") or ()}
    await _remove_images(shop, {name for name in names if name.startswith(f"{app}-")})


async def _remove_images(shop: Workshop, references: set[str]) -> None:
    for reference in references:
        with contextlib.suppress(HomeportError):
            await shop.docker.remove_image(reference)


def _commit(reference: str) -> str:
    """The name that an image has by its commit alone."""
    return reference.rpartition("-")[0]


def _references(release: Release) -> set[str]:
    return set(json.loads(release.config)["images"].values())
