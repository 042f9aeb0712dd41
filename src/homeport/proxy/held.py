"""What is to be served, and whose requests wait since nobody answers them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from homeport.model.route import Route, RouteTable
from homeport.proxy.bell import Bell
from homeport.proxy.flags import Flags
from homeport.proxy.hold import Holding, Outlook
from homeport.proxy.locations import site_name, why_not
from homeport.proxy.outages import Key, Outage, as_served, outages, with_vanished

_REASON = "held"


class Held:
    """The sites whose requests are held, by nginx's flags and at homeport's socket."""

    def __init__(self, run: Path, bell: Bell, *, hold: float) -> None:
        """`run`: the folder that nginx sees; `hold`: seconds that a request may wait."""
        self.holding = Holding(run / "hold.sock", self._outlook)
        self._flags, self._bell, self._hold = Flags(run / "hold"), bell, hold
        self._wanted = RouteTable()  # what is to be served: there already for requests that wait
        self._sites: dict[str, Route] = {}
        self._outages: dict[Key, Outage] = {}

    def expect(self, table: RouteTable) -> RouteTable:
        """This is to be served; requests that wait go on, and where nobody is, they wait."""
        clock = time.monotonic()
        self._outages = outages(self._outages, self._wanted, table, clock=clock, hold=self._hold)
        self._wanted = with_vanished(table, self._outages)
        self._sites = {site_name(route): route for route in self._wanted.routes}
        self._raise(self._names())
        self.holding.look_again()
        return self._wanted

    def shown(self) -> partial[RouteTable]:
        """What makes of a table what nginx is to have: who is held for now stays as it was."""
        return partial(_shown, found=self._outages)

    def lower(self) -> None:
        """Nginx has what was expected: whoever is held for no longer needs no flag."""
        names = self._names()
        self._flags.keep(names)
        if not names:
            self._bell.rest(_REASON)

    def all_of(self, keys: Collection[Key]) -> bool:
        """Whether the requests of all of them are held."""
        return all(key in self._outages for key in keys)

    def sites_of(self, keys: Collection[Key]) -> list[str]:
        """Their names."""
        return [name for name, route in self._sites.items() if route.key in keys]

    def left_for(self, route: Route) -> float:
        """Seconds for which the requests of a route are held still; 0 where they are not."""
        outage = self._outages.get(route.key)
        return max(outage.until - time.monotonic(), 0.0) if outage else 0.0

    def gives_up_in(self) -> float:
        """Seconds until the next site is held no longer; 0 where none is."""
        left = [o.until - time.monotonic() for o in self._outages.values()]
        return min((seconds for seconds in left if seconds > 0), default=0.0)

    def _raise(self, names: list[str]) -> None:
        self._flags.raise_for(names)
        if names:
            self._bell.ring(_REASON)

    def _names(self) -> list[str]:
        """The sites whose requests are held now."""
        clock = time.monotonic()
        return [site_name(o.route) for o in self._outages.values() if clock < o.until]

    def _outlook(self, site: str) -> Outlook:
        route = self._sites.get(site)
        if route is None:
            return Outlook()
        outage = self._outages.get(route.key)
        return Outlook(
            live=site,
            upstreams=route.upstreams,
            hold=route.hold or self._hold,
            until=outage.until if outage else 0.0,
            why=why_not(route),
        )


def _shown(table: RouteTable, *, found: Mapping[Key, Outage]) -> RouteTable:
    return as_served(table, found, clock=time.monotonic())
