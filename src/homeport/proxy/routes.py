"""From containers to routes: what each asks for, whether it may have it, and who answers. Pure.

A wish that cannot be carried out hurts its container alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from homeport.model.container import Container, Phase
from homeport.model.route import Refusal, Route, RouteTable, Upstream
from homeport.model.tls import Terms, terms_of
from homeport.model.wish import Options, Refused, Wish, only_port, read_wish
from homeport.model.wish import asks as has_wish

_TAKES_TRAFFIC = (Phase.IN_SERVICE, Phase.LEAVING)
_COMING = (Phase.STAGED, *_TAKES_TRAFFIC)
# One that drains still runs: better than nobody, until its successor answers.
_STANDS_IN = Phase.DRAINING
# Labels of containers that homeport made.
HOLD, ORDER = "homeport.hold", "homeport.order"


@dataclass(slots=True)
class _Site:
    """A host and path, and who answers, while they are being collected."""

    owner: str
    upstreams: list[Upstream] = field(default_factory=list)
    stand_ins: list[Upstream] = field(default_factory=list)
    why_not: list[str] = field(default_factory=list)
    hold: float = 0.0
    awaited: bool = False
    boots: bool = False
    kept_alive: bool = True


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
    options: dict[str, list[Options]] = {}  # by host
    owners = dict(claims)
    for container in sorted(containers, key=lambda c: c.name):
        if not (is_candidate(container, instance) or is_seen(container, instance)):
            continue
        try:
            wish = wish_of(container)
        except Refused as error:
            refusals.append(Refusal(container=container.name, reason=error.message))
            continue
        refusals += _take(container, wish, sites, owners, ready, joined)
        for host in wish.hosts:
            if owners[host] == owner_of(container):
                options.setdefault(host, []).append(wish.options)
    terms = {host: terms_of(said) for host, said in options.items()}
    routes = [_route(key, site, terms[key[0]]) for key, site in sorted(sites.items())]
    return RouteTable(routes=tuple(routes), refusals=tuple(refusals))


def is_candidate(container: Container, instance: str) -> bool:
    """Whether a container asks this homeport for a route, and is at a point to have one."""
    return asks(container, instance) and container.phase in _TAKES_TRAFFIC


def is_coming(container: Container, instance: str) -> bool:
    """Whether it asks, and has a route or will have one: what it needs can be prepared."""
    return asks(container, instance) and container.phase in _COMING


def is_seen(container: Container, instance: str) -> bool:
    """Whether it has a site though it is on its way out: it may answer, or is waited for."""
    return asks(container, instance) and container.phase in (_STANDS_IN, Phase.YIELDING)


def asks(container: Container, instance: str) -> bool:
    """Whether a container asks this homeport for a route."""
    theirs = container.labels.get("homeport.instance", instance)
    return theirs == instance and has_wish(container.env)


def owner_of(container: Container) -> str:
    """Whose a container's hosts are: its project's, or its own."""
    return container.project or container.name


def wish_of(container: Container) -> Wish:
    """What a container asks for, and at which port it answers.

    Raises:
        Refused: a value cannot be.
    """
    return read_wish(container.env, container.labels).at(only_port(container.exposed))


def _take(
    container: Container,
    wish: Wish,
    sites: dict[tuple[str, str], _Site],
    owners: dict[str, str],
    ready: Collection[str],
    joined: Collection[str],
) -> list[Refusal]:
    owner, refusals = owner_of(container), []
    for place in wish.places:
        holder = owners.setdefault(place.host, owner)
        if holder != owner:
            reason = f"{place.host} belongs to {holder}"
            refusals.append(Refusal(container=container.name, reason=reason))
            continue
        site = sites.setdefault((place.host, place.path), _Site(owner))
        site.hold = max(site.hold, _seconds(container.labels.get(HOLD, "")))
        site.awaited |= container.phase is Phase.YIELDING or container.state == "restarting"
        site.boots |= container.running and not container.stop_requested
        site.kept_alive &= container.labels.get(ORDER) != "stop-first"
        why_not = _why_not(container, ready, joined)
        if why_not:
            site.why_not.append(f"{container.name}: {why_not}")
            continue
        address = _address(container, joined)
        upstream = Upstream(address=address, port=place.port, container=container.name)
        answering = site.stand_ins if container.phase is _STANDS_IN else site.upstreams
        answering.append(upstream)
    return refusals


def _why_not(container: Container, ready: Collection[str], joined: Collection[str]) -> str:
    if not container.running:
        return f"it is {container.state}"
    if container.phase is Phase.YIELDING:
        return "its successor is coming"
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


def _route(key: tuple[str, str], site: _Site, terms: Terms) -> Route:
    return Route(
        host=key[0],
        path=key[1],
        upstreams=tuple(sorted(site.upstreams or site.stand_ins)),
        owner=site.owner,
        why_not=tuple(site.why_not),
        hold=site.hold,
        awaited=site.awaited and not site.upstreams,
        boots=site.boots and not site.upstreams,
        kept_alive=site.kept_alive,
        terms=terms,
    )


def _seconds(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else 0.0
