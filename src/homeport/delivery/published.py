"""What a push is published as: which images, for which platforms, under which tags. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from homeport.build.rules import Rule, Target, read_notation, read_rules, source_of, targets
from homeport.delivery.blueprint import Blueprint
from homeport.errors import HomeportError
from homeport.model.app import App
from homeport.model.image import Platform
from homeport.model.stack import Build


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """An image that is published: in which repository, from what, for what, as what."""

    repository: str
    service: str
    build: Build
    said: tuple[str, ...]  # platforms that the file names
    tags: tuple[str, ...]
    varied: bool = False  # a rule names another Dockerfile or context: it is no image of a service


class NoRule(HomeportError):
    """No rule of an app names a branch or a tag."""


def products(blueprint: Blueprint, app: App, ref: str) -> list[Product]:
    """The images that a push to `ref` asks for; none where its files build none.

    Raises:
        FileFault: a rule of the compose file says what cannot be.
        RequestError: a rule makes a tag that cannot be.
        NoRule: there are images, and none is to be built.
    """
    wanted = targets(ref, rules_of(blueprint.model, app), deploys=app.deploys(ref))
    builds = blueprint.builds()
    if builds and not wanted:
        raise NoRule(f"no rule of a build is for {' '.join(source_of(ref))}")
    return [
        product
        for service, build in builds.items()
        for product in _of_service(blueprint, app, service, build, wanted, alone=len(builds) == 1)
    ]


def rules_of(model: Mapping[str, Any], app: App) -> tuple[Rule, ...]:
    """The rules that a compose file has; else those of the app."""
    said = read_rules((model.get("x-homeport") or {}).get("builds"))
    return said or read_notation(app.builds)


def _of_service(
    blueprint: Blueprint,
    app: App,
    service: str,
    build: Build,
    wanted: Sequence[Target],
    *,
    alone: bool,
) -> Iterator[Product]:
    """One product for each Dockerfile and context that the targets name."""
    repository = app.name if alone else f"{app.name}/{service}"
    said = blueprint.platforms(service)
    for how in dict.fromkeys((t.dockerfile, t.context, t.cache) for t in wanted):
        tags = tuple(t.tag for t in wanted if (t.dockerfile, t.context, t.cache) == how)
        changed = _changed(build, blueprint.directory, *how)
        yield Product(
            repository=repository,
            service=service,
            build=changed,
            said=said,
            tags=tags,
            varied=changed != build,
        )


def _changed(build: Build, top: str, dockerfile: str, context: str, cache: bool) -> Build:
    """A build with the Dockerfile and the context of a rule: Docker Hub's meaning of both.

    Context `/` is the top of the repository; a blank one the folder of the Dockerfile.
    """
    if dockerfile:
        path = Path(top) / dockerfile.lstrip("/")
        folder = Path(top) / context.strip("/") if context else path.parent
        build = msgspec.structs.replace(
            build, dockerfile=str(path), context=str(folder), dockerfile_inline=""
        )
    elif context:
        build = msgspec.structs.replace(build, context=str(Path(top) / context.strip("/")))
    return build if cache else msgspec.structs.replace(build, no_cache=True)


def tags_of(
    tags: Sequence[str], made: Sequence[Platform], endings: Mapping[Platform, str]
) -> dict[str, Platform | None]:
    """Every tag that is moved, and the platform that it names; None for all of them.

    Beside `latest`, the images of several platforms are `latest-arm64`, and those that have a
    Dockerfile of their own are `latest-armhf`, and `armhf`, as people write them.
    """
    found: dict[str, Platform | None] = dict.fromkeys(tags)
    if len(made) == 1:
        return found
    for tag in tags:
        for platform in made:
            ending = endings.get(platform, "")
            found.setdefault(f"{tag}-{ending or platform.suffix}", platform)
            if ending and tag == "latest":
                found.setdefault(ending, platform)
    return found
