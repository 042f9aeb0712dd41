"""The daemon's loop from containers to routes: whatever changes, the proxy follows."""

from __future__ import annotations

import asyncio

from homeport.engine.watch import Watch
from homeport.errors import HomeportError, Unavailable
from homeport.events import (
    CertificateRefused,
    ProxyRefused,
    Record,
    RouteGone,
    RouteLive,
    RouteRefused,
)
from homeport.model.route import Route, RouteTable
from homeport.proxy.apply import Proxy

# nginx that is down, or that refused, is tried again: what was wrong may have been put right.
_AGAIN = 1.0
# Seconds in which changes that come together become one reload: two renames take 12 ms.
_TOGETHER = 0.015
# Between two looks at certificates and the like, which people and ACME put into folders.
_FILES = 1.0


class Follow:
    """Serves what the watch sees."""

    def __init__(self, watch: Watch, proxy: Proxy, record: Record) -> None:
        self._watch, self._proxy, self._record = watch, proxy, record
        self._told: RouteTable = RouteTable()
        self._refused = ""
        self._bad: dict[str, str] = {}  # certificates, and why they cannot be used
        self._wake, self._served = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Follow, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wake_on_change())
            group.create_task(self._wake_on_ready())
            group.create_task(self._wake_on_files())
            while True:
                await self._wake.wait()
                await asyncio.sleep(_TOGETHER)
                self._wake.clear()
                if await self._serve():
                    self._served.set()
                    later = self._proxy.held.gives_up_in()
                else:
                    later = _AGAIN
                if later:
                    group.create_task(self._wake_in(later))

    async def caught_up(self) -> None:
        """Return when what there is now is served."""
        self._served.clear()
        self._wake.set()
        await self._served.wait()

    async def _wake_on_change(self) -> None:
        async for _ in self._watch.changes():
            self._proxy.notice(self._watch.view.values())
            self._wake.set()

    async def _wake_on_ready(self) -> None:
        while True:
            await self._proxy.readiness.changed.wait()
            self._proxy.readiness.changed.clear()
            self._proxy.notice(self._watch.view.values())
            self._wake.set()

    async def _wake_on_files(self) -> None:
        while True:
            await asyncio.sleep(_FILES)
            if self._proxy.serving.is_stale():
                self._wake.set()

    async def _wake_in(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._wake.set()

    async def _serve(self) -> bool:
        """Serve once; False where it has to be tried again."""
        if not self._watch.complete:
            return True
        try:
            changed = await self._proxy.serve(self._watch.view.values())
        except Unavailable:
            return False  # nginx does not run: it refused nothing, and who keeps it tells of it
        except HomeportError as error:
            if error.message != self._refused:
                self._refused = error.message
                self._record(ProxyRefused(reason=error.message))
            return False
        self._refused = ""
        self._tell_certificates(self._proxy.serving.certificates.faults())
        # Who is refused may change nothing of what nginx has.
        if changed or self._proxy.table.refusals != self._told.refusals:
            self._tell(self._proxy.table, self._proxy.serving.generation)
        return True

    def _tell_certificates(self, bad: dict[str, str]) -> None:
        """Record each that cannot be used, once."""
        for name, reason in bad.items():
            if self._bad.get(name) != reason:
                self._record(CertificateRefused(name=name, reason=reason))
        self._bad = bad

    def _tell(self, table: RouteTable, generation: int) -> None:
        """Record what is different from what was told last."""
        before, now = _by_host(self._told), _by_host(table)
        for host, upstreams in now.items():
            if before.get(host) != upstreams:
                event = RouteLive(host=host, upstreams=upstreams, generation=generation)
                self._record(event)
        for host in before.keys() - now.keys():
            self._record(RouteGone(host=host, generation=generation))
        for refusal in set(table.refusals) - set(self._told.refusals):
            self._record(RouteRefused(container=refusal.container, reason=refusal.reason))
        self._told = table


def _by_host(table: RouteTable) -> dict[str, tuple[str, ...]]:
    return {f"{route.host}{route.path.rstrip('/')}": _answering(route) for route in table.routes}


def _answering(route: Route) -> tuple[str, ...]:
    return (route.leads_to,) if route.leads_to else tuple(u.container for u in route.answering)
