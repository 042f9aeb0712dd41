"""Images built elsewhere: a release names them by digest; when a tag moves, another follows."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from homeport.delivery.blueprint import Blueprint, blueprint_of
from homeport.delivery.workshop import Workshop
from homeport.engine.logins import login_for, registry_of
from homeport.errors import HomeportError
from homeport.events import ReleaseMade
from homeport.model.app import App, Release, Run
from homeport.model.image import LOCAL, ImageBuild
from homeport.registry.elsewhere import digest_of_tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A service whose image is watched: the tag, and what the live release has of it."""

    app: str
    service: str
    image: str
    pinned: str  # name@digest; "" where it is not known


def watched(app: App, release: Release) -> Iterator[Watched]:
    """What is watched of a release."""
    images = json.loads(release.config)["images"]
    for service, image in blueprint_of(release).watched().items():
        pinned = images.get(service, "")
        yield Watched(app=app.name, service=service, image=image, pinned=pinned)


def bases_of(app: App, build: ImageBuild | None) -> Iterator[Watched]:
    """What the newest published image of an app was built from, as far as a registry has it."""
    for image, digest in (build.bases if build else {}).items():
        if "@" not in image and digest and not digest.startswith(LOCAL):
            name, _, tag = image.rpartition(":")
            plain = name if name and "/" not in tag else image
            yield Watched(app=app.name, service="", image=image, pinned=f"{plain}@{digest}")


def rebuilds(release: Release) -> bool:
    """Whether the files of a release ask to be built again when a base image moves."""
    return bool((blueprint_of(release).model.get("x-homeport") or {}).get("rebuild"))


async def pins(shop: Workshop, blueprint: Blueprint) -> dict[str, str]:
    """Images of a commit, by what their tags name now; service -> name@digest.

    One whose registry does not answer keeps its tag, and is pinned by the next look.
    """
    found = {}
    for service, image in blueprint.asked_for().items():
        with contextlib.suppress(HomeportError):
            found[service] = await pinned(image)
    return found


async def pinned(image: str) -> str:
    """An image's name with the digest that its tag names now.

    Raises:
        HomeportError: its registry does not say.
    """
    name, _, tag = image.rpartition(":")
    plain = name if name and "/" not in tag else image
    return f"{plain}@{await digest_of_tag(image, await login_for(registry_of(image)))}"


async def moved_release(shop: Workshop, run: Run, app: App) -> Release:
    """The live release, with the images that its tags name now."""
    live = shop.memory.release(app.name, app.current_release)
    found = json.loads(live.config)
    now = await pins(shop, blueprint_of(live))
    config = json.dumps({**found, "images": {**found["images"], **now}})
    release = shop.memory.add_release(
        replace(live, number=0, config=config, run=run.number, created_at=time.time())
    )
    event = ReleaseMade(app=app.name, run=run.number, number=release.number, commit=release.commit)
    shop.memory.record(event)
    return release
