"""Releases that are kept no longer, with the names of their images."""

from __future__ import annotations

import contextlib
import json

from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError
from homeport.model.app import Release


async def forget_old_releases(shop: Workshop, app: str) -> None:
    """Keep the newest releases of an app, the one that is live, and no others.

    An image that a container still uses stays: the Engine refuses to remove it.
    """
    current = shop.memory.app(app).current_release
    releases = shop.memory.releases(app)
    kept = [r for r in releases[: shop.keep_releases] if r.number != current]
    needed = {ref for r in kept for ref in _references(r)}
    for release in releases[shop.keep_releases :]:
        if release.number == current:
            continue
        gone = _references(release) - needed
        kept_commits = {_commit(ref) for ref in needed}
        commits = {_commit(ref) for ref in gone} - kept_commits
        await _remove_images(shop, gone | commits)
        shop.memory.forget_release(release)


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
