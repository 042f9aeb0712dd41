"""`docker build` of a job, by the Engine's own builder. Pure."""

from __future__ import annotations

import functools
import json
import posixpath
from collections.abc import Mapping
from typing import Any

from homeport.errors import RequestError
from homeport.pipeline.gate.archive import Archive, Changed, Kept, Member
from homeport.pipeline.gate.containers import usable
from homeport.pipeline.gate.dockerfile import own_names, own_value, with_own_images
from homeport.pipeline.gate.owned import own_container
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import Facts, Forward, Kind, Question, Request, refused

OWN = Question(Kind.OWN, "")
# Parameters of a build that stay what they are.
_BUILD = (
    "buildid", "cpusetcpus", "cpushares", "dockerfile", "extrahosts", "forcerm",
    "isolation", "labels", "memswap", "nocache", "outputs", "platform", "pull", "q", "rm",
    "session", "shmsize", "squash", "target", "ulimits", "version",
)  # fmt: skip


def build(request: Request, scope: Scope, facts: Facts) -> Forward:
    """`docker build`: its tags are the job's own.

    Raises:
        Forbidden: it would use the host's network, or another's.
    """
    network = request.first("networkmode")
    if network.startswith("container:"):
        network = f"container:{own_container(network.removeprefix('container:'), facts).name}"
    elif network and network not in ("default", "none", "bridge"):
        found = facts.get(Question(Kind.NETWORK, network))
        if not (found and found.own):
            raise refused(f"build in network {network[:60]}")
        network = found.name
    if request.first("securityopt") not in ("", "null", "[]"):
        raise refused("set security options of a build")
    memory = min(int(request.first("memory") or 0) or scope.limits.memory, scope.limits.memory)
    kept = [(key, value) for key, value in request.query if key in _BUILD]
    kept += [("t", scope.own_image(tag)) for tag in request.all("t") if tag]
    kept += [("cachefrom", json.dumps(_sources(request, scope, facts)))]
    kept += [("networkmode", network)] if network else []
    kept += [("memory", str(memory)), *_context(request)]
    found = facts.get(OWN)
    own = own_names(found.tags, scope) if found else {}
    kept += [("buildargs", json.dumps(_arguments(request, own)))]
    archive = functools.partial(_context_of, request.first("dockerfile"), own) if own else None
    return Forward(target=request.target(request.path, kept), archive=archive)


def _arguments(request: Request, own: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = json.loads(request.first("buildargs") or "{}") or {}
        pairs = dict(found).items()
    except (ValueError, TypeError) as error:
        raise RequestError("buildargs is no JSON object") from error
    return {k: own_value(v, own) if isinstance(v, str) else v for k, v in pairs}


def _context_of(dockerfile: str, own: Mapping[str, str]) -> Archive:
    """The context of a build, on its way to the Engine."""
    name = posixpath.normpath(dockerfile or "Dockerfile")

    def decide(member: Member) -> Kept | Changed:
        if posixpath.normpath(member.name) == name and member.info.isreg():
            return Changed(content=lambda content: with_own_images(content, own))
        return Kept(header=b"")

    return Archive(decide)


def _context(request: Request) -> list[tuple[str, str]]:
    """Where the context is: the body, the client's session, or a repository that is fetched."""
    remote = request.first("remote")
    if remote and not remote.startswith(("https://", "http://", "git://", "client-session")):
        raise refused(f"build from {remote[:60]}")
    return [("remote", remote)] if remote else []


def cache_sources(request: Request) -> list[str]:
    """The images that a build names as its cache."""
    try:
        found = json.loads(request.first("cachefrom") or "[]") or []
    except ValueError as error:
        raise RequestError("cachefrom is no JSON") from error
    return [one for one in found if isinstance(one, str)]


def _sources(request: Request, scope: Scope, facts: Facts) -> list[str]:
    return [usable(name, scope, facts).name for name in cache_sources(request)]
