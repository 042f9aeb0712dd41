"""Visitors who wait: at a socket, until somebody can answer them, or for as long as is good."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

from homeport.model.route import Upstream
from homeport.model.wish import Options
from homeport.proxy.dropin.doors import Doors
from homeport.proxy.dropin.model import Host
from homeport.proxy.dropin.opening import entry, opening
from homeport.proxy.dropin.outages import Outages
from homeport.proxy.hold import Holding, Outlook

_NEW = "new "  # what nginx asks of a host that it has not read of: `new SCHEME HOST URI`
_DEFAULTS = Options()
_LOOK = 0.5  # seconds until it is looked whether somebody is waited for at all


class Waiting:
    """The hosts that nobody answers for at the moment, and who asked for them."""

    def __init__(
        self, hold: float, socket: Path, wake: asyncio.Event, defaults: Options = _DEFAULTS
    ) -> None:
        """What it needs.

        Args:
            hold: seconds; 0 where nobody waits.
            socket: at which nginx asks.
            wake: is set when a host is given up.
            defaults: how a host is served that says nothing of it.
        """
        self._hold, self._wake, self.socket, self._defaults = hold, wake, socket, defaults
        self._outages = Outages(hold)
        self._servers: dict[str, tuple[str, ...]] = {}
        self._hosts: dict[str, Host] = {}
        self._doors: Doors = {}
        self._holding = Holding(socket, self._outlook)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Answer nginx meanwhile."""
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        async with self._holding.open():
            ends = asyncio.create_task(self._end())
            try:
                yield
            finally:
                ends.cancel()

    def shown(self, hosts: Iterable[Host], doors: Doors) -> tuple[Host, ...]:
        """The hosts, with those that are waited for; who can be answered now goes on at once.

        `doors`: how a handshake is answered where nginx knows no host.
        """
        self._doors = doors
        shown = self._outages.shown(hosts, time.monotonic())
        self._hosts = {host.host: host for host in shown}
        located = (location for host in shown for location in host.locations)
        self._servers = {at.hold: at.upstream.servers for at in located if at.hold}
        self._holding.look_again()
        return shown

    def left(self, site: str) -> float:
        """Seconds for which who asks waits still; 0 where nobody does."""
        return max(0.0, self._outages.until(site) - time.monotonic())

    def _outlook(self, site: str) -> Outlook:
        if site.startswith(_NEW):
            return self._arrived(*site.split(" ", 3)[1:])
        return self._of(site)

    def _of(self, name: str) -> Outlook:
        return Outlook(
            live=name,
            upstreams=tuple(_upstream(server) for server in self._servers.get(name, ())),
            hold=self._hold,
            until=self._outages.until(name),
            why="nobody is there to answer",
        )

    def _arrived(self, scheme: str = "", name: str = "", uri: str = "") -> Outlook:
        """Of a request whose host nginx has not read of."""
        host = self._hosts.get(name)
        at = opening(host, scheme, uri, self._defaults, self._doors) if host else None
        if host is None or at is None:
            return self._of("")
        return replace(
            self._of(at.hold),
            live=entry(at),
            hsts=host.tls.hsts if host.tls and scheme == "https" else "",
            users=Path(at.htpasswd).name,
        )

    async def _end(self) -> None:
        """Nobody is waited for for ever."""
        while True:
            ends = self._outages.ends_in(time.monotonic())
            await asyncio.sleep(min(ends + 0.01, _LOOK) if ends else _LOOK)
            if ends and not self._outages.ends_in(time.monotonic()):
                self._wake.set()


def _upstream(server: str) -> Upstream:
    address, _, port = server.rpartition(":")
    return Upstream(address=address.strip("[]"), port=int(port), container="")
