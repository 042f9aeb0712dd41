"""Every request that a job may make, and what has to be known to judge it. Pure.

Source: Docker Engine API 1.41-1.51. What is not in the table is refused.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homeport.errors import NotFound
from homeport.pipeline.gate import images, saved
from homeport.pipeline.gate.containers import asks_of_container, create, read_container
from homeport.pipeline.gate.host import own_container, own_network
from homeport.pipeline.gate.scope import LABEL, Scope
from homeport.pipeline.gate.shape import canonical, names, table
from homeport.pipeline.gate.verdict import (
    Control,
    Facts,
    Forward,
    Found,
    Kind,
    Local,
    Question,
    Reply,
    Request,
    Verdict,
    refused,
)

_Asks = Callable[[Request, str], set[Question]]
_Decide = Callable[[Request, Scope, Facts, str], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Requests of one kind."""

    methods: tuple[str, ...]
    path: re.Pattern[str]
    decide: _Decide
    asks: _Asks = lambda _request, _name: set()
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


# -- what is asked


def _one(kind: Kind) -> _Asks:
    return lambda _request, name: {Question(kind, name)}


def _of_create(request: Request, _name: str) -> set[Question]:
    return asks_of_container(read_container(request.body))


def _of_build(request: Request, _name: str) -> set[Question]:
    asked = {Question(Kind.IMAGE, name) for name in images.cache_sources(request)}
    asked.add(images.OWN)
    network = request.first("networkmode")
    if network.startswith("container:"):
        asked.add(Question(Kind.CONTAINER, network.removeprefix("container:")))
    elif network not in ("", "default", "none", "bridge", "host"):
        asked.add(Question(Kind.NETWORK, network))
    return asked


def _of_push(request: Request, name: str) -> set[Question]:
    return {Question(Kind.IMAGE, images.pushed_name(request, name))}


def _of_save(request: Request, _name: str) -> set[Question]:
    return {Question(Kind.SAVED, name) for name in request.all("names")}


def _of_commit(request: Request, _name: str) -> set[Question]:
    return {Question(Kind.CONTAINER, request.first("container"))}


def _of_join(request: Request, name: str) -> set[Question]:
    return {Question(Kind.NETWORK, name), Question(Kind.CONTAINER, _joining(request))}


# -- what is decided


def _as_it_is(request: Request, _scope: Scope, _facts: Facts, _name: str) -> Verdict:
    return Forward(target=request.target(request.path))


def _mine(request: Request, scope: Scope, _facts: Facts, _name: str) -> Verdict:
    """A list, or a prune: of what has the job's label."""
    return Forward(target=images.with_label(request, f"{LABEL}={scope.key}", scope))


def _listed(request: Request, scope: Scope, _facts: Facts, _name: str) -> Verdict:
    target = images.with_label(request, f"{LABEL}={scope.key}", scope)
    return Forward(target=target, reply=Reply.CONTAINERS)


def _create(request: Request, scope: Scope, facts: Facts, _name: str) -> Verdict:
    return create(request, read_container(request.body), scope, facts)


_RAW = re.compile(r"/(logs|attach|attach/ws|archive|export|start)")


def _container(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    found = _there(Question(Kind.CONTAINER, name), facts, "container")
    rest = request.path.removeprefix(f"/containers/{name}")
    reply = Reply.RAW if _RAW.fullmatch(rest) else Reply.NAMES
    reply = Reply.CONTAINER if rest == "/json" else reply
    return Forward(target=request.target(f"/containers/{found.name}{rest}"), reply=reply)


def _start(request: Request, scope: Scope, facts: Facts, name: str) -> Verdict:
    if request.body:  # API 1.23 and before: a HostConfig at the start
        raise refused("change a container when it starts")
    return _container(request, scope, facts, name)


def _rename(request: Request, scope: Scope, facts: Facts, name: str) -> Verdict:
    found = own_container(name, facts)
    to = scope.own(request.first("name").lstrip("/"))
    return Forward(target=request.target(f"/containers/{found.name}/rename", [("name", to)]))


_EXEC = names(
    "User Privileged Tty ConsoleSize AttachStdin AttachStderr AttachStdout Detach DetachKeys Env "
    "WorkingDir Cmd Container"
)


def _exec(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    body = canonical(request.body, _EXEC, "the command")
    if body.get("Privileged"):
        raise refused("run a privileged command")
    found = _there(Question(Kind.CONTAINER, name), facts, "container")
    return Forward(target=request.target(f"/containers/{found.name}/exec"), body=body)


def _of_exec(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    _there(Question(Kind.EXEC, name), facts, "exec instance")
    return Forward(target=request.target(request.path), reply=Reply.RAW)


def _network(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    if request.method == "GET" and name in ("bridge", "none", "host"):
        return Forward(target=request.target(request.path))
    found = _there(Question(Kind.NETWORK, name), facts, "network")
    return Forward(target=request.target(f"/networks/{found.name}"))


_NETWORK = names(
    "Name CheckDuplicate Driver Scope EnableIPv4 EnableIPv6 IPAM Internal Attachable Ingress "
    "ConfigOnly ConfigFrom Options Labels"
)


def _new_network(request: Request, scope: Scope, _facts: Facts, _name: str) -> Verdict:
    body = canonical(request.body, _NETWORK, "the network")
    if body.get("Driver") not in (None, "", "bridge") or body.get("Options"):
        raise refused("make a network other than a plain bridge")
    labels = {**table(body.get("Labels"), "Labels"), LABEL: scope.key}
    body |= {"Name": scope.own(str(body.get("Name", ""))), "Labels": labels}
    return Forward(target=request.target(request.path), body=body)


def _joining(request: Request) -> str:
    known = names("Container EndpointConfig Force")
    return str(canonical(request.body, known, "the request").get("Container") or "")


def _join(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    found = own_network(name, facts)
    container = own_container(_joining(request), facts)
    known = names("Container EndpointConfig Force")
    body = canonical(request.body, known, "the request") | {"Container": container.name}
    what = request.path.rpartition("/")[2]
    return Forward(target=request.target(f"/networks/{found.name}/{what}"), body=body)


def _volume(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    found = _there(Question(Kind.VOLUME, name), facts, "volume")
    return Forward(target=request.target(f"/volumes/{found.name}"))


def _new_volume(request: Request, scope: Scope, _facts: Facts, _path: str) -> Verdict:
    body = canonical(request.body, names("Name Driver DriverOpts Labels"), "the volume")
    if body.get("DriverOpts") or body.get("Driver") not in (None, "", "local"):
        raise refused("choose where a volume is kept")
    labels = {**table(body.get("Labels"), "Labels"), LABEL: scope.key}
    body |= {
        "Name": scope.own(str(body.get("Name") or f"v{secrets.token_hex(4)}")),
        "Labels": labels,
    }
    return Forward(target=request.target(request.path), body=body)


def _login(_request: Request, _scope: Scope, _facts: Facts, _name: str) -> Verdict:
    """Every login succeeds: what is pushed goes where the app's owner said, with their login."""
    return Local(content={"Status": "Login Succeeded", "IdentityToken": ""})


def _there(question: Question, facts: Facts, what: str) -> Found:
    """An object of the job's; others' are not there for it."""
    found = facts.get(question)
    if not (found and found.own):
        raise NotFound(f"No such {what}: {question.name}")
    return found


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


_OF_CONTAINER = _one(Kind.CONTAINER)
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
    _rule("POST", r"/containers/create", _create, asks=_of_create, json=True),
    _rule("GET", r"/containers/{id}/(?:json|logs|top|changes|stats|export)", _container,
          asks=_OF_CONTAINER),
    _rule("GET HEAD PUT", r"/containers/{id}/archive", _container, asks=_OF_CONTAINER),
    _rule("POST", r"/containers/{id}/start", _start, asks=_OF_CONTAINER, json=True),
    _rule("POST", r"/containers/{id}/(?:stop|restart|kill|wait|resize|pause|unpause)", _container,
          asks=_OF_CONTAINER),
    _rule("POST", r"/containers/{id}/attach", _container, asks=_OF_CONTAINER, upgrades=True),
    _rule("POST", r"/containers/{id}/rename", _rename, asks=_OF_CONTAINER),
    _rule("POST", r"/containers/{id}/exec", _exec, asks=_OF_CONTAINER, json=True),
    _rule("DELETE", r"/containers/{id}", _container, asks=_OF_CONTAINER),
    _rule("POST", r"/exec/{id}/start", _of_exec, asks=_one(Kind.EXEC), upgrades=True),
    _rule("GET", r"/exec/{id}/json", _of_exec, asks=_one(Kind.EXEC)),
    _rule("POST", r"/exec/{id}/resize", _of_exec, asks=_one(Kind.EXEC)),
    _rule("POST", r"/build", lambda r, s, f, _n: images.build(r, s, f), asks=_of_build),
    _rule("POST", r"/build/(?:prune|cancel)", lambda r, _s, _f, _n: images.nothing_pruned(r)),
    _rule("POST", r"/session", _as_it_is, upgrades=True),
    _rule("POST", r"/grpc", lambda r, _s, _f, _n: Control(target=r.target(r.path)), upgrades=True),
    _rule("GET", r"/images/json", lambda r, s, _f, _n: images.listed(r, s)),
    _rule("POST", r"/images/create", lambda r, s, _f, _n: images.pull(r, s)),
    _rule("POST", r"/images/prune", lambda r, _s, _f, _n: images.nothing_pruned(r)),
    _rule("GET", r"/images/{image}/json", _image("json"), asks=_one(Kind.IMAGE)),
    _rule("GET", r"/images/{image}/history", _image("history"), asks=_one(Kind.IMAGE)),
    _rule("GET", r"/images/get", lambda r, s, f, _n: saved.save(r, s, f), asks=_of_save),
    _rule("POST", r"/images/load", lambda r, s, _f, _n: saved.load(r, s)),
    _rule("POST", r"/images/{image}/tag", lambda r, s, f, n: images.tag(r, s, n, f),
          asks=_one(Kind.IMAGE)),
    _rule("POST", r"/images/{image}/push", lambda r, s, f, n: images.push(r, s, n, f),
          asks=_of_push),
    _rule("DELETE", r"/images/{image}", lambda r, s, f, n: images.remove(r, s, n, f),
          asks=_one(Kind.IMAGE)),
    _rule("GET", r"/distribution/{image}/json", _as_it_is),
    _rule("POST", r"/commit", lambda r, s, f, _n: images.commit(r, s, f, r.body),
          asks=_of_commit, json=True),
    _rule("GET", r"/networks", _mine),
    _rule("POST", r"/networks/prune", _mine),
    _rule("POST", r"/networks/create", _new_network, json=True),
    _rule("GET DELETE", r"/networks/{id}", _network, asks=_one(Kind.NETWORK)),
    _rule("POST", r"/networks/{id}/(?:connect|disconnect)", _join, asks=_of_join, json=True),
    _rule("GET", r"/volumes", _mine),
    _rule("POST", r"/volumes/prune", _mine),
    _rule("POST", r"/volumes/create", _new_volume, json=True),
    _rule("GET DELETE", r"/volumes/{id}", _volume, asks=_one(Kind.VOLUME)),
)  # fmt: skip
