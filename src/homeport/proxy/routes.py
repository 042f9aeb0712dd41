"""From containers to routes: what each asks for, whether it may have it, and who answers. Pure.

A wish that cannot be carried out hurts its container alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from homeport.model.container import Container, Phase
from homeport.model.route import Manner, Refusal, Route, RouteTable, Upstream
from homeport.model.rules import Canary, Rules, rules_of_labels
from homeport.model.tls import Terms, terms_of
from homeport.model.wish import (
    KEEPALIVE_AUTO,
    NetworkAccess,
    Options,
    Place,
    Refused,
    Wish,
    only_port,
    read_wish,
)
from homeport.model.wish import asks as has_wish
from homeport.proxy.quote import canonical

_TAKES_TRAFFIC = (Phase.IN_SERVICE, Phase.LEAVING)
_COMING = (Phase.STAGED, *_TAKES_TRAFFIC)
# One that drains still runs: better than nobody, until its successor answers.
_STANDS_IN = Phase.DRAINING
_KEPT = 32  # idle connections to the upstreams of a site, for each worker
# Labels of containers that homeport made.
HOLD, ORDER = "homeport.hold", "homeport.order"
DNS = "homeport.dns"  # of any container


@dataclass(slots=True)
class _Site:
    """A host and path, and who answers, while they are being collected."""

    owner: str
    upstreams: list[Upstream] = field(default_factory=list)
    stand_ins: list[Upstream] = field(default_factory=list)
    why_not: list[str] = field(default_factory=list)
    hold: float = 0.0
    dns: str = ""
    awaited: bool = False
    boots: bool = False
    kept_alive: bool = True
    said: list[tuple[Place, Options, Rules]] = field(default_factory=list)
    canaries: list[Upstream] = field(default_factory=list)
    canary: Canary | None = None


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
    collected = _Collected(owners=dict(claims), ready=ready, joined=joined)
    found = []
    for container in sorted(containers, key=lambda c: c.name):
        if not (is_candidate(container, instance) or is_seen(container, instance)):
            continue
        try:
            found.append((container, wish_of(container), rules_of_labels(container.labels)))
        except Refused as error:
            collected.refuse(container, error.message)
    # A host that nobody had is whose container started first.
    for container, wish, rules in sorted(found, key=lambda one: one[0].started_at or "~"):
        for host in (*wish.hosts, *rules.redirect_from):
            collected.owners.setdefault(host, owner_of(container))
    for container, wish, rules in found:
        _take(container, wish, rules, collected)
    return collected.table()


@dataclass(slots=True, kw_only=True)
class _Collected:
    """What the containers looked at until now ask for."""

    owners: dict[str, str]
    ready: Collection[str]
    joined: Collection[str]
    sites: dict[tuple[str, str], _Site] = field(default_factory=dict)
    paths: dict[tuple[str, ...], str] = field(default_factory=dict)  # as nginx sees it -> written
    options: dict[str, list[Options]] = field(default_factory=dict)  # by host
    leading: dict[str, tuple[str, str]] = field(default_factory=dict)  # host -> owner, where to
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, container: Container, reason: str) -> None:
        """What a container asks for is not carried out."""
        self.refusals.append(Refusal(container=container.name, reason=reason))

    def may_have(self, host: str, container: Container) -> bool:
        """Whether a host is the container's owner's; if not, it is refused."""
        holder = self.owners[host]
        if holder != owner_of(container):
            self.refuse(container, f"{host} belongs to {holder}")
        return holder == owner_of(container)

    def table(self) -> RouteTable:
        """Everything that is to be served."""
        terms = {host: terms_of(said) for host, said in self.options.items()}
        routes = [_route(key, site, terms[key[0]]) for key, site in self.sites.items()]
        served = {route.host for route in routes}
        routes += [
            Route(host=host, owner=owner, leads_to=to, terms=terms.get(to, Terms()))
            for host, (owner, to) in self.leading.items()
            if host not in served
        ]
        routes.sort(key=lambda route: route.key)
        return RouteTable(routes=tuple(routes), refusals=tuple(self.refusals))


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


def _take(container: Container, wish: Wish, rules: Rules, into: _Collected) -> None:
    for place in wish.places:
        if not into.may_have(place.host, container):
            continue
        there = into.paths.setdefault((place.host, *canonical(place.path)), place.path)
        if there != place.path:
            reason = f"{place.host}: to nginx {place.path} is {there}, which is there already"
            into.refuse(container, reason)
            continue
        into.options.setdefault(place.host, []).append(wish.options)
        _answer(container, place, wish, rules, into)
    for host in rules.redirect_from:
        if wish.hosts and into.may_have(host, container):
            into.leading.setdefault(host, (owner_of(container), wish.hosts[0]))


def _answer(container: Container, place: Place, wish: Wish, rules: Rules, into: _Collected) -> None:
    """Put a container among those that answer a place, or tell why it does not."""
    site = into.sites.setdefault((place.host, place.path), _Site(owner_of(container)))
    site.hold = max(site.hold, _seconds(container.labels.get(HOLD, "")))
    site.dns = container.labels.get(DNS, "") or site.dns
    site.awaited |= container.phase is Phase.YIELDING or container.state == "restarting"
    site.boots |= container.running and not container.stop_requested
    site.kept_alive &= container.labels.get(ORDER) != "stop-first"
    if not rules.canary:
        site.said.append((place, wish.options, rules))
    why_not = _why_not(container, into.ready, into.joined)
    if why_not:
        site.why_not.append(f"{container.name}: {why_not}")
        return
    address = _address(container, into.joined)
    upstream = Upstream(address=address, port=place.port, container=container.name)
    if rules.canary:
        site.canary = site.canary or rules.canary
        site.canaries.append(upstream)
    else:
        answering = site.stand_ins if container.phase is _STANDS_IN else site.upstreams
        answering.append(upstream)


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
    upstreams = tuple(sorted(site.upstreams or site.stand_ins))
    return Route(
        host=key[0],
        path=key[1],
        # Where the others are gone, a canary is better than nobody.
        upstreams=upstreams or tuple(sorted(site.canaries)),
        owner=site.owner,
        why_not=tuple(site.why_not),
        hold=site.hold,
        dns=site.dns,
        awaited=site.awaited and not site.upstreams,
        boots=site.boots and not site.upstreams,
        kept_alive=site.kept_alive,
        terms=terms,
        manner=_manner(site, len(upstreams)),
        rules=next((rules for *_, rules in site.said if rules != Rules()), Rules()),
        canaries=tuple(sorted(site.canaries)) if upstreams else (),
        canary=site.canary if upstreams else None,
    )


def _manner(site: _Site, servers: int) -> Manner:
    """Of what several containers say, the first that is said."""
    options = [said for _, said, _ in site.said]
    place = next((place for place, *_ in site.said), None)
    kept = next((o.keepalive for o in options if o.keepalive is not None), _KEPT)
    balance = next((o.load_balance for o in options if o.load_balance), None)
    access = next((o.network_access for o in options if o.network_access), None)
    return Manner(
        proto=place.proto if place else Manner().proto,
        dest=place.dest if place else "",
        root=next((o.virtual_root for o in options if o.virtual_root), Manner().root),
        balance=balance.directive if balance else "",
        keepalive=2 * servers if kept == KEEPALIVE_AUTO else kept,
        internal=access is NetworkAccess.INTERNAL,
    )


def _seconds(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else 0.0
