"""Every request that a job may make, and what has to be known to judge it. Pure.

Source: Docker Engine API 1.41-1.51. What is not in the table is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homeport.pipeline.gate import (
    asked,
    builds,
    containers,
    images,
    networks,
    running,
    saved,
    volumes,
)
from homeport.pipeline.gate.asked import Asks
from homeport.pipeline.gate.scope import LABEL, Scope
from homeport.pipeline.gate.verdict import (
    Control,
    Facts,
    Forward,
    Kind,
    Local,
    Reply,
    Request,
    Verdict,
    refused,
)

_Decide = Callable[[Request, Scope, Facts, str], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Requests of one kind."""

    methods: tuple[str, ...]
    path: re.Pattern[str]
    decide: _Decide
    asks: Asks = lambda _request, _name: set()
    upgrades: bool = False  # raw bytes both ways may follow
    json: bool = False  # it has a body that is read


def rule_for(request: Request) -> tuple[Rule, str]:
    """The rule of a request, and the name in its path.

    Raises:
        Forbidden: there is none.
    """
    for rule in RULES:
        if request.method in rule.methods and (found := rule.path.fullmatch(request.path)):
            return rule, (found.groupdict().get("name") or "")
    what = f"{request.method} {request.path[:80]}"
    raise refused(f"ask the Engine for {what}", "it is for who owns the box")


def _as_it_is(request: Request, _scope: Scope, _facts: Facts, _name: str) -> Verdict:
    return Forward(target=request.target(request.path))


def _mine(request: Request, scope: Scope, _facts: Facts, _name: str) -> Verdict:
    """A list, or a prune: of what has the job's label."""
    return Forward(target=images.with_label(request, f"{LABEL}={scope.key}", scope))


def _listed(request: Request, scope: Scope, _facts: Facts, _name: str) -> Verdict:
    target = images.with_label(request, f"{LABEL}={scope.key}", scope)
    return Forward(target=target, reply=Reply.CONTAINERS)


def _create(request: Request, scope: Scope, facts: Facts, _name: str) -> Verdict:
    return containers.create(request, containers.read_container(request.body), scope, facts)


def _login(_request: Request, _scope: Scope, _facts: Facts, _name: str) -> Verdict:
    """Every login succeeds: what is pushed goes where the app's owner said, with their login."""
    return Local(content={"Status": "Login Succeeded", "IdentityToken": ""})


def _image(what: str) -> _Decide:
    return lambda r, scope, facts, name: images.read(r, scope, name, what, facts)


def _refuses(what: str, hint: str) -> _Decide:
    def decide(_request: Request, _scope: Scope, _facts: Facts, _name: str) -> Verdict:
        raise refused(what, hint)

    return decide


def _rule(methods: str, path: str, decide: _Decide, **more: Any) -> Rule:
    pattern = re.compile(
        path.replace("{id}", r"(?P<name>[^/]+)").replace("{image}", "(?P<name>.+)")
    )
    return Rule(methods=tuple(methods.split()), path=pattern, decide=decide, **more)


_OF_CONTAINER = asked.one(Kind.CONTAINER)
RULES = (
    _rule("GET HEAD", r"/_ping", _as_it_is),
    _rule("GET", r"/(?:version|info)", _as_it_is),
    _rule("POST", r"/auth", _login),
    _rule("GET", r"/events", _mine),
    _rule("GET", r"/system/df", _refuses(
        "ask what fills the disk of the box", "docker ps -s and docker images tell of its own")),
    _rule("POST", r"/containers/{id}/update", _refuses(
        "change what a container may use", "docker run --memory --cpus says it at the start")),
    _rule("GET", r"/containers/json", _listed),
    _rule("POST", r"/containers/prune", _mine),
    _rule("POST", r"/containers/create", _create, asks=asked.of_create, json=True),
    _rule("GET", r"/containers/{id}/(?:json|logs|top|changes|stats|export)", running.container,
          asks=_OF_CONTAINER),
    _rule("GET HEAD PUT", r"/containers/{id}/archive", running.container, asks=_OF_CONTAINER),
    _rule("POST", r"/containers/{id}/start", running.start, asks=_OF_CONTAINER, json=True),
    _rule("POST", r"/containers/{id}/(?:stop|restart|kill|wait|resize|pause|unpause)",
          running.container, asks=_OF_CONTAINER),
    _rule("POST", r"/containers/{id}/attach", running.container, asks=_OF_CONTAINER, upgrades=True),
    _rule("POST", r"/containers/{id}/rename", running.rename, asks=_OF_CONTAINER),
    _rule("POST", r"/containers/{id}/exec", running.execute, asks=_OF_CONTAINER, json=True),
    _rule("DELETE", r"/containers/{id}", running.container, asks=_OF_CONTAINER),
    _rule("POST", r"/exec/{id}/start", running.of_exec, asks=asked.one(Kind.EXEC), upgrades=True),
    _rule("GET", r"/exec/{id}/json", running.of_exec, asks=asked.one(Kind.EXEC)),
    _rule("POST", r"/exec/{id}/resize", running.of_exec, asks=asked.one(Kind.EXEC)),
    _rule("POST", r"/build", lambda r, s, f, _n: builds.build(r, s, f), asks=asked.of_build),
    _rule("POST", r"/build/(?:prune|cancel)", lambda r, _s, _f, _n: images.nothing_pruned(r)),
    _rule("POST", r"/session", _as_it_is, upgrades=True),
    _rule("POST", r"/grpc", lambda r, _s, _f, _n: Control(target=r.target(r.path)), upgrades=True),
    _rule("GET", r"/images/json", lambda r, s, _f, _n: images.listed(r, s)),
    _rule("POST", r"/images/create", lambda r, s, _f, _n: images.pull(r, s)),
    _rule("POST", r"/images/prune", lambda r, _s, _f, _n: images.nothing_pruned(r)),
    _rule("GET", r"/images/{image}/json", _image("json"), asks=asked.one(Kind.IMAGE)),
    _rule("GET", r"/images/{image}/history", _image("history"), asks=asked.one(Kind.IMAGE)),
    _rule("GET", r"/images/get", lambda r, s, f, _n: saved.save(r, s, f), asks=asked.of_save),
    _rule("POST", r"/images/load", lambda r, s, _f, _n: saved.load(r, s)),
    _rule("POST", r"/images/{image}/tag", lambda r, s, f, n: images.tag(r, s, n, f),
          asks=asked.one(Kind.IMAGE)),
    _rule("POST", r"/images/{image}/push", lambda r, s, f, n: images.push(r, s, n, f),
          asks=asked.of_push),
    _rule("DELETE", r"/images/{image}", lambda r, s, f, n: images.remove(r, s, n, f),
          asks=asked.one(Kind.IMAGE)),
    _rule("GET", r"/distribution/{image}/json", lambda r, _s, f, n: images.described(r, n, f),
          asks=asked.one(Kind.IMAGE)),
    _rule("POST", r"/commit", lambda r, s, f, _n: images.commit(r, s, f, r.body),
          asks=asked.of_commit, json=True),
    _rule("GET", r"/networks", _mine),
    _rule("POST", r"/networks/prune", _mine),
    _rule("POST", r"/networks/create", networks.create, json=True),
    _rule("GET DELETE", r"/networks/{id}", networks.one, asks=asked.one(Kind.NETWORK)),
    _rule("POST", r"/networks/{id}/(?:connect|disconnect)", networks.join,
          asks=asked.of_join, json=True),
    _rule("GET", r"/volumes", _mine),
    _rule("POST", r"/volumes/prune", _mine),
    _rule("POST", r"/volumes/create", volumes.create, json=True),
    _rule("GET DELETE", r"/volumes/{id}", volumes.one, asks=asked.one(Kind.VOLUME)),
)  # fmt: skip
