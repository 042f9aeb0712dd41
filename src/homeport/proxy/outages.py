"""Sites that nobody answers: since when, and how long their visitors are held. Pure.

Whatever takes the last upstream of a site away, its requests are held: a service that has to stop
before its successor starts, one that is scaled to nothing and back, a crash, a `docker restart`, a
container that is removed and made again. After `hold` seconds they are told why instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from homeport.model.route import Route, RouteTable

Key = tuple[str, str]  # host, path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A site without upstreams, and the moment at which it lost the last one."""

    since: float
    route: Route
    hold: float

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
    out = {route.key: route for route in now.routes if not route.upstreams}
    present = {route.key for route in now.routes}
    vanished = {r.key: _vanished(r) for r in last.routes if r.key not in present}
    found = {
        key: Outage(
            since=before[key].since if key in before else clock,
            route=route,
            hold=route.hold or hold,
        )
        for key, route in (vanished | out).items()
    }
    return {key: o for key, o in found.items() if key in out or clock < o.until}


def with_vanished(table: RouteTable, found: Mapping[Key, Outage]) -> RouteTable:
    """The table, with the sites whose containers are gone, for as long as they are held."""
    present = {route.key for route in table.routes}
    missing = [outage.route for key, outage in found.items() if key not in present]
    routes = sorted([*table.routes, *missing], key=lambda route: route.key)
    return replace(table, routes=tuple(routes))


def _vanished(route: Route) -> Route:
    return replace(route, upstreams=(), why_not=("its container is gone",))
