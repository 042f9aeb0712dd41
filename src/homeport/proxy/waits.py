"""What a rollout waits for at the proxy: until it answers from a container, or has left it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection, Iterable, Sequence

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, NotFound
from homeport.model.container import Container
from homeport.model.route import Route, RouteTable
from homeport.model.wish import Refused
from homeport.proxy.apply import Proxy
from homeport.proxy.meter import Meter
from homeport.proxy.render import KEPT_ALIVE
from homeport.proxy.routes import wish_of
from homeport.proxy.traffic import in_flight
from homeport.proxy.workers import workers

_EVERY = 0.005
_DRAIN_LOOK = 0.1
# Seconds that the others wait for an upload: one that comes later finds nobody, and is held.
_UPLOADS = 1.0
_LATE = 0.5  # seconds that a worker's clock may be late


class Switch:
    """The proxy, as a rollout sees it (delivery.ledger.Switch)."""

    def __init__(self, docker: Docker, proxy: Proxy, *, followed: bool) -> None:
        """`followed`: a daemon serves whatever changes; else the waits do it."""
        self._docker, self._proxy, self._followed = docker, proxy, followed

    async def routed(self, name: str, instead_of: Sequence[str], seconds: float) -> None:
        """Return when nginx answers from container `name`, and not from those any more.

        Of the hosts that it asks for: one that its app gives up is answered by the old one still,
        until that is gone.

        Raises:
            HomeportError: it does not within `seconds`.
        """
        container = await self._docker.container(name)
        self._proxy.readiness.trust(container)  # a plan waits for that before
        self._proxy.notice_one(container)
        old = [c for c in await asyncio.gather(*map(self._look, instead_of)) if c]
        deadline = time.monotonic() + seconds
        keys = wish_of(container).keys
        while not _serves(self._proxy.table, container) or self._any_served(old, keys):
            refusal = self._refusal(name)
            if refusal or time.monotonic() > deadline:
                raise HomeportError(
                    f"the proxy does not route {name}: {refusal or self._why_not(name)}",
                    hint="homeport doctor looks at the proxy",
                )
            await self._turn()

    async def drained(self, name: str, seconds: float) -> None:
        """Return when nginx has no request in flight to `name`, or after `seconds`."""
        container = await self._look(name)
        if container is None or not container.running or not _is_routable(container):
            return
        self._proxy.notice_one(container)
        deadline = time.monotonic() + seconds
        while self._may_be_sent_more(container) and time.monotonic() < deadline:
            await self._turn()
        if self._proxy.holds(container):
            # Nobody else answers: what comes is held, whichever worker it comes to.
            await self._proxy.nginx.heard()
            await self._quiet(container, deadline, _EVERY, turned_away=0)
            await self._idle(container, min(deadline, time.monotonic() + _UPLOADS))
        else:
            turned_away = time.monotonic() + KEPT_ALIVE + _LATE
            await self._quiet(container, deadline, _DRAIN_LOOK, turned_away=turned_away)

    async def leave(self, network: str) -> None:
        """Let nginx leave a network that is going to be removed."""
        await self._proxy.networks.leave(network)

    @contextlib.asynccontextmanager
    async def measuring(self, hosts: Sequence[str]) -> AsyncIterator[Meter]:
        """Count meanwhile what visitors of these hosts meet."""
        async with self._proxy.counting.of(hosts) as meter:
            yield meter

    def conflicts(self, hosts: Sequence[str], project: str) -> list[str]:
        """For each host that is another's, a sentence that says whose."""
        return self._proxy.conflicts(hosts, project)

    # -- how

    async def _turn(self) -> None:
        if not self._followed:
            await self._proxy.sync()
        await asyncio.sleep(_EVERY)

    async def _quiet(
        self, container: Container, deadline: float, every: float, *, turned_away: float
    ) -> None:
        """Until nothing is in flight, and no worker of before may send it any more."""
        while time.monotonic() < deadline:
            # A worker of before may still send it what comes on a connection that was kept alive.
            quiet = time.monotonic() > turned_away or not await self._retiring()
            if quiet and not await self._in_flight(container):
                return
            await asyncio.sleep(every)

    async def _idle(self, container: Container, deadline: float) -> None:
        """Until no request is on its way either: one whose body still came when the hold began."""
        while time.monotonic() < deadline and await self._proxy.is_busy(container):
            await asyncio.sleep(_EVERY)

    def _may_be_sent_more(self, container: Container) -> bool:
        return not self._proxy.holds(container) and self._any_served([container])

    def _any_served(
        self, containers: Sequence[Container], keys: Collection[tuple[str, str]] | None = None
    ) -> bool:
        """Whether one of them answers at one of these hosts and paths, or at any."""
        table = self._proxy.table
        routes = [r for r in table.routes if keys is None or r.key in keys]
        return any(_is_upstream(routes, container) for container in containers)

    async def _look(self, name: str) -> Container | None:
        try:
            return await self._docker.container(name)
        except NotFound:
            return None

    def _refusal(self, name: str) -> str:
        table = self._proxy.table
        return next((r.reason for r in table.refusals if r.container == name), "")

    def _why_not(self, name: str) -> str:
        reasons = [w for r in self._proxy.table.routes for w in r.why_not]
        absent = (w for w in reasons if w.startswith(f"{name}: "))
        return next(absent, "nginx does not answer with the new configuration")

    async def _retiring(self) -> bool:
        return any((await workers(self._docker, self._proxy.nginx.container)).values())

    async def _in_flight(self, container: Container) -> int:
        ports, nginx = wish_of(container).ports, self._proxy.nginx.container
        addresses = [e.address for e in container.endpoints if e.address]
        counts = [await in_flight(self._docker, nginx, a, p) for a in addresses for p in ports]
        return sum(counts)


def _serves(table: RouteTable, container: Container) -> bool:
    """Whether the table has it, for each host that it asks for.

    By its address: its name may have been another's in the table before.
    """
    wish = wish_of(container)
    addresses = {e.address for e in container.endpoints if e.address}
    wanted = set(wish.keys)
    served = {
        route.key
        for route in table.routes
        if any(u.address in addresses and u.port in wish.ports for u in route.answering)
    }
    return wanted <= served


def _is_routable(container: Container) -> bool:
    """Whether what it asks for can be: else it was never routed."""
    try:
        wish_of(container)
    except Refused:
        return False
    return True


def _is_upstream(routes: Iterable[Route], container: Container) -> bool:
    addresses = {e.address for e in container.endpoints if e.address}
    return any(u.address in addresses for r in routes for u in r.answering)
