"""From containers to routes: what each asks for, whether it may have it, and who answers. Pure.

A wish that cannot be carried out hurts its container alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from homeport.model.container import Container, Phase
from homeport.model.route import Refusal, Route, RouteTable
from homeport.model.rules import Rules, rules_of_labels
from homeport.model.tls import Terms, terms_of
from homeport.model.wish import Options, Refused, Wish, only_port, read_wish
from homeport.model.wish import asks as has_wish
from homeport.proxy.quote import canonical
from homeport.proxy.sites import STANDS_IN, Said, Site, route_of

_TAKES_TRAFFIC = (Phase.IN_SERVICE, Phase.LEAVING)
_COMING = (Phase.STAGED, *_TAKES_TRAFFIC)


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
    sites: dict[tuple[str, str], Site] = field(default_factory=dict)
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
        routes = [route_of(key, site, terms[key[0]]) for key, site in self.sites.items()]
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
    return asks(container, instance) and container.phase in (STANDS_IN, Phase.YIELDING)


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
        said = into.options.setdefault(place.host, [])
        if place.external_https_port:  # what VIRTUAL_HOST_MULTIPORTS says of a host goes before
            said.insert(0, Options(external_https_port=place.external_https_port))
        said.append(wish.options)
        site = into.sites.setdefault((place.host, place.path), Site(owner_of(container)))
        site.take(container, Said(place, wish.options, rules), into.ready, into.joined)
    for host in rules.redirect_from:
        if wish.hosts and into.may_have(host, container):
            into.leading.setdefault(host, (owner_of(container), wish.hosts[0]))
