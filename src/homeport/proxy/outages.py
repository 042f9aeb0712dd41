"""Sites that nobody answers: since when, and how long their visitors are held. Pure.

Whatever takes the last upstream of a site away, its requests are held. For `hold` seconds where
somebody is on the way: a service that stops before its successor starts, one that is scaled to
nothing and back, one that crashed and is started again. For a moment where a person stopped or
removed it: it may be a `docker restart`, or be made again. After that they are told why instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from homeport.model.route import Route, RouteTable

MOMENT = 2.0  # seconds
Key = tuple[str, str]  # host, path
_GONE = ("its container is gone",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A site without upstreams, and the moment at which it lost the last one."""

    since: float
    route: Route
    hold: float
    last: Route  # as it was served

    @property
    def until(self) -> float:
        """When its visitors are held no longer."""
        return self.since + self.hold


def outages(
    before: Mapping[Key, Outage], last: RouteTable, now: RouteTable, *, clock: float, hold: float
) -> dict[Key, Outage]:
    """The outages that there are now.

    Args:
        before: those that there were.
        last: what was served until now.
        now: what can be served from now on.
        clock: seconds, of a clock that only goes forward.
        hold: seconds, for a site that says nothing else.
    """
    out = {r.key: r for r in now.routes if not r.upstreams and not r.leads_to}
    present = {route.key for route in now.routes}
    served = {route.key: route for route in last.routes if not route.leads_to}
    vanished = {key: _vanished(route) for key, route in served.items() if key not in present}
    found = {}
    for key, route in (vanished | out).items():
        known = before.get(key)
        since, as_it_was = (known.since, known.last) if known else (clock, served.get(key, route))
        seconds = _hold(known, route, hold, served=bool(as_it_was.upstreams))
        found[key] = Outage(since=since, route=route, hold=seconds, last=as_it_was)
    return {key: o for key, o in found.items() if key in out or clock < o.until}


def with_vanished(table: RouteTable, found: Mapping[Key, Outage]) -> RouteTable:
    """The table, with the sites whose containers are gone, for as long as they are held."""
    present = {route.key for route in table.routes}
    missing = [outage.route for key, outage in found.items() if key not in present]
    routes = sorted([*table.routes, *missing], key=lambda route: route.key)
    return replace(table, routes=tuple(routes))


def as_served(table: RouteTable, found: Mapping[Key, Outage], *, clock: float) -> RouteTable:
    """The table as nginx is to have it: a site that is held stays as it was.

    Its requests are held by a flag; a reload to take away what nobody is sent to, and one to bring
    it back, would only cost. One that is held no longer is answered by nginx alone.
    """
    held = {
        key: outage.last if outage.last.upstreams else replace(outage.route, held=True)
        for key, outage in found.items()
        if clock < outage.until
    }
    return replace(table, routes=tuple(held.get(route.key, route) for route in table.routes))


def _hold(before: Outage | None, route: Route, default: float, *, served: bool) -> float:
    # One that boots for the first time may never be ready; one that was served was.
    if route.awaited or (route.boots and served):
        return route.hold or default
    gone = route.why_not == _GONE
    return before.hold if before and gone else MOMENT


def _vanished(route: Route) -> Route:
    return replace(route, upstreams=(), awaited=False, boots=False, why_not=_GONE)
