"""From containers to routes: what each asks for, whether it may have it, and who answers. Pure.

A container asks by `VIRTUAL_HOST` (comma list), `VIRTUAL_PORT` and `VIRTUAL_PATH`, as nginx-proxy
reads them. A value that cannot be is refused by name and reason, and hurts its container alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from homeport.model.container import Container, Phase
from homeport.model.route import Refusal, Route, RouteTable, Upstream

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# Names, names with a wildcard at one end, addresses. RFC 1123; nginx, server_name.
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?:\.\*)?|\[[0-9a-f:]{{2,39}}\]")
# What a path may hold unescaped by RFC 3986, less what means something to nginx.
_PATH = re.compile(r"/[A-Za-z0-9/._~!&()*+,=:@%-]{0,255}")
_TAKES_TRAFFIC = (Phase.IN_SERVICE, Phase.LEAVING)
_COMING = (Phase.STAGED, *_TAKES_TRAFFIC)
MOST_HOSTS = 100  # host names that one container may ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a container asks for, once it is known to be possible."""

    hosts: tuple[str, ...]
    path: str
    port: int


class Refused(ValueError):
    """A wish that cannot be carried out; the text says why."""


@dataclass(slots=True)
class _Site:
    """A host and path, and who answers, while they are being collected."""

    owner: str
    upstreams: list[Upstream] = field(default_factory=list)
    why_not: list[str] = field(default_factory=list)


def read_routes(
    containers: Iterable[Container],
    *,
    ready: Collection[str],
    joined: Collection[str],
    claims: Mapping[str, str],
    instance: str = "",
) -> RouteTable:
    """Everything that is to be served.

    Args:
        containers: all that there are.
        ready: the ids of those that answer.
        joined: the names of the networks that nginx is in.
        claims: host -> owner, from before: a host belongs to the first who had it.
        instance: which homeport this is; containers of another are not looked at.
    """
    sites: dict[tuple[str, str], _Site] = {}
    refusals: list[Refusal] = []
    owners = dict(claims)
    for container in sorted(containers, key=lambda c: c.name):
        if not is_candidate(container, instance):
            continue
        try:
            wish = wish_of(container)
        except Refused as error:
            refusals.append(Refusal(container=container.name, reason=str(error)))
            continue
        refusals += _take(container, wish, sites, owners, ready, joined)
    routes = [_route(key, site) for key, site in sorted(sites.items())]
    return RouteTable(routes=tuple(routes), refusals=tuple(refusals))


def is_candidate(container: Container, instance: str) -> bool:
    """Whether a container asks this homeport for a route, and is at a point to have one."""
    return asks(container, instance) and container.phase in _TAKES_TRAFFIC


def is_coming(container: Container, instance: str) -> bool:
    """Whether it asks, and has a route or will have one: what it needs can be prepared."""
    return asks(container, instance) and container.phase in _COMING


def asks(container: Container, instance: str) -> bool:
    """Whether a container asks this homeport for a route."""
    theirs = container.labels.get("homeport.instance", instance)
    return theirs == instance and bool(container.env.get("VIRTUAL_HOST", "").strip())


def owner_of(container: Container) -> str:
    """Whose a container's hosts are: its project's, or its own."""
    return container.project or container.name


def wish_of(container: Container) -> Wish:
    """What a container asks for.

    Raises:
        Refused: a value cannot be.
    """
    hosts = [part.strip().lower() for part in container.env["VIRTUAL_HOST"].split(",")]
    named = tuple(dict.fromkeys(host for host in hosts if host))
    if len(named) > MOST_HOSTS:
        raise Refused(f"VIRTUAL_HOST names {len(named)} hosts, {MOST_HOSTS} are possible")
    for host in named:
        if len(host) > 253 or not _HOST.fullmatch(host):
            raise Refused(f"VIRTUAL_HOST {host[:80]!r} is no host name")
    path = container.env.get("VIRTUAL_PATH") or "/"
    if not _PATH.fullmatch(path):
        raise Refused(f"VIRTUAL_PATH {path[:80]!r} is no plain path")
    return Wish(hosts=named, path=path, port=_port(container))


def _port(container: Container) -> int:
    """VIRTUAL_PORT, else the only exposed port, else 80: nginx-proxy's rule."""
    text = container.env.get("VIRTUAL_PORT", "").strip()
    if text:
        if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
            raise Refused(f"VIRTUAL_PORT {text[:20]!r} is no port")
        return int(text)
    ports = [p.split("/")[0] for p in container.exposed if p.endswith("/tcp")]
    return int(ports[0]) if len(ports) == 1 else 80


def _take(
    container: Container,
    wish: Wish,
    sites: dict[tuple[str, str], _Site],
    owners: dict[str, str],
    ready: Collection[str],
    joined: Collection[str],
) -> list[Refusal]:
    owner, refusals = owner_of(container), []
    for host in wish.hosts:
        holder = owners.setdefault(host, owner)
        if holder != owner:
            reason = f"{host} belongs to {holder}"
            refusals.append(Refusal(container=container.name, reason=reason))
            continue
        site = sites.setdefault((host, wish.path), _Site(owner))
        why_not = _why_not(container, ready, joined)
        if why_not:
            site.why_not.append(f"{container.name}: {why_not}")
        else:
            address = _address(container, joined)
            site.upstreams.append(
                Upstream(address=address, port=wish.port, container=container.name)
            )
    return refusals


def _why_not(container: Container, ready: Collection[str], joined: Collection[str]) -> str:
    if not container.running:
        return f"it is {container.state}"
    if container.stop_requested:
        return "it is being stopped"
    if not _address(container, joined):
        return "it shares no network with the proxy"
    if container.id not in ready:
        return "it is not ready"
    return ""


def _address(container: Container, joined: Collection[str]) -> str:
    """Its address in a network that nginx is in; "" where there is none."""
    found = (e for e in container.endpoints if e.network in joined)
    return next((e.address or e.address6 for e in found if e.address or e.address6), "")


def _route(key: tuple[str, str], site: _Site) -> Route:
    return Route(
        host=key[0],
        path=key[1],
        upstreams=tuple(sorted(site.upstreams)),
        owner=site.owner,
        why_not=tuple(site.why_not),
    )
