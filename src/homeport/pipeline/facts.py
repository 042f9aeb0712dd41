"""Whose is what a job names? The Engine is asked: under the job's own name first."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, NotFound, RequestError
from homeport.pipeline.gate.scope import Scope, split_tag
from homeport.pipeline.gate.verdict import Facts, Found, Kind, Question

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@/-]*")
_Ask = Callable[[str], Awaitable[dict[str, Any]]]


async def look_up(docker: Docker, scope: Scope, asked: Iterable[Question]) -> Facts:
    """What the Engine has under each of the names; None for nothing."""
    return {question: await _found(docker, scope, question) for question in asked}


async def _found(docker: Docker, scope: Scope, question: Question) -> Found | None:
    match question.kind:
        case Kind.CONTAINER:
            return await _named(docker.inspect, question.name, scope)
        case Kind.NETWORK:
            return await _named(lambda name: docker.raw("/networks", name), question.name, scope)
        case Kind.VOLUME:
            return await _named(lambda name: docker.raw("/volumes", name), question.name, scope)
        case Kind.EXEC:
            return await _exec(docker, question.name, scope)
        case Kind.IMAGE:
            return await _image(docker, question.name, scope)
        case Kind.SAVED:
            found = await _image(docker, question.name, scope)
            return found or await _tags(docker, question.name, scope)
        case Kind.OWN:
            return Found(name="", own=True, tags=await own_tags(docker, scope))


async def _named(ask: _Ask, name: str, scope: Scope) -> Found | None:
    """By the name that the job gave, or by an id."""
    with contextlib.suppress(RequestError):
        own = scope.own(name)
        with contextlib.suppress(NotFound):
            await ask(own)
            return Found(name=own, own=True)
    with contextlib.suppress(HomeportError):
        there = str((await ask(_plain(name)))["Name"]).removeprefix("/")
        return Found(name=there, own=scope.owns(there))
    return None


async def _exec(docker: Docker, name: str, scope: Scope) -> Found | None:
    with contextlib.suppress(HomeportError):
        container = (await docker.raw("/exec", f"{_plain(name)}/json"))["ContainerID"]
        found = await _named(docker.inspect, str(container), scope)
        return Found(name=name, own=bool(found and found.own))
    return None


async def _image(docker: Docker, name: str, scope: Scope) -> Found | None:
    with contextlib.suppress(RequestError, NotFound):
        own = scope.own_image(name)
        return _of_image(own, await docker.raw("/images", f"{own}/json"), own=True)
    with contextlib.suppress(HomeportError):
        return _of_image(name, await docker.raw("/images", f"{_plain(name)}/json"), own=False)
    return None


async def _tags(docker: Docker, name: str, scope: Scope) -> Found | None:
    """A name of the job's, with any tag."""
    with contextlib.suppress(RequestError):
        own = scope.own_image(name)
        tags = await own_tags(docker, scope)
        if "@" not in own and any(split_tag(tag)[0] == own for tag in tags):
            return Found(name=own, own=True)
    return None


async def own_tags(docker: Docker, scope: Scope) -> tuple[str, ...]:
    """All names of images of a job."""
    tags = (tag for image in await docker.images() for tag in image["RepoTags"] or ())
    return tuple(tag for tag in tags if scope.owns(tag))


def _plain(name: str) -> str:
    """A name or an id that means the same in an address of the Engine's.

    Raises:
        NotFound: it would not.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise NotFound(f"there is no {name[:60]!r}")
    return name


def _of_image(name: str, found: dict[str, Any], *, own: bool) -> Found:
    config = found.get("Config") or {}
    return Found(
        name=name,
        own=own,
        labels=config.get("Labels") or {},
        tags=tuple(found.get("RepoTags") or ()),
        digests=tuple(one.partition("@")[2] for one in found.get("RepoDigests") or ()),
        ports=tuple(config.get("ExposedPorts") or ()),
    )
