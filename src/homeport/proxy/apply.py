"""The proxy as a whole: observe the containers, make the configuration, let nginx take it.

Used by the daemon, which follows the containers, and by a `stack up` without one.
"""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import EngineError, HomeportError, NotFound
from homeport.model.container import Container
from homeport.model.route import RouteTable
from homeport.model.wish import Refused
from homeport.proxy.claims import claims_of, conflicts, read_claims, write_claims
from homeport.proxy.nginx import Nginx
from homeport.proxy.readiness import Readiness
from homeport.proxy.render import KEPT_ALIVE, render
from homeport.proxy.routes import is_coming, read_routes, stands_in, wish_of
from homeport.proxy.traffic import in_flight
from homeport.proxy.workers import workers

_EVERY = 0.005
_DRAIN_LOOK = 0.1
_LATE = 0.5  # seconds that a worker's clock may be late


class Proxy:
    """One nginx, and what it serves."""

    def __init__(
        self,
        docker: Docker,
        folder: Path,
        container: str,
        *,
        instance: str = "",
        own_host: str = "",
        drain: float = 30.0,
        followed: bool = False,
    ) -> None:
        """`followed`: a daemon calls `serve` when something changes; else waits do it."""
        self._docker, self._folder, self._container = docker, folder, container
        self._instance, self._own_host, self._drain = instance, own_host, drain
        self._followed = followed
        self._turn = asyncio.Lock()
        self.nginx = Nginx(docker, container, folder)
        self.readiness = Readiness()
        self.table = RouteTable()
        self.generation = 0
        self.reloads = 0
        self._content = ""  # what nginx serves, whatever its generation

    # -- what is served

    def prepare(self) -> None:
        """Make the folders, and a first configuration, before nginx is started."""
        for name in ("conf", "run"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        # nginx, another user, makes its socket in it, and connects to the daemon's. The folder
        # above it is closed to everybody else on this machine.
        (self._folder / "run").chmod(0o777)
        if not self.nginx.config.exists():
            self.nginx.write(self._render(RouteTable(), generation=1))

    async def sync(self) -> None:
        """Look at every container, and serve what there is."""
        found = await self._docker.containers(every=False)
        looked = await asyncio.gather(*(self._look(c.id) for c in found))
        containers = [c for c in looked if c and self._matters(c)]
        await self.readiness.settle(containers)
        await self.serve([c for c in looked if c])

    async def serve(self, containers: Iterable[Container]) -> bool:
        """Serve what these containers ask for; whether anything changed.

        Raises:
            HomeportError: nginx did not take it; what it served before is served still.
        """
        async with self._turn:
            containers = list(containers)
            with self._locked():
                return await self._serve(containers)

    async def _serve(self, containers: list[Container]) -> bool:
        # A staged one is looked at, too: when it is promoted, nothing is left to wait for.
        coming = [c for c in containers if self._matters(c)]
        if not self._content:
            # What was ready before this process began is served on, without a gap.
            await self.readiness.settle(coming)
        joined = await self._join(containers, coming)
        before = read_claims(self._claims)
        table = read_routes(
            coming,
            ready=self.readiness.of(coming),
            joined=joined,
            claims=before,
            instance=self._instance,
        )
        changed = await self._let_take(table)
        claims = claims_of(table, before, containers)
        if claims != before:
            write_claims(self._claims, claims)
        return changed

    async def _let_take(self, table: RouteTable) -> bool:
        """Let nginx serve a table; a reload only where it serves something else."""
        answering = await self.nginx.generation()
        self.generation = max(self.generation, answering)
        content = self._render(table, generation=0)
        if content == self._content and answering == self.generation and answering:
            self.table = table
            return False
        generation = self.generation + 1
        await self.nginx.take(self._render(table, generation=generation), generation)
        self.table, self.generation, self._content = table, generation, content
        self.reloads += 1
        return True

    # -- what a rollout asks for (delivery.ledger.Switch)

    async def routed(self, name: str, instead_of: Sequence[str], seconds: float) -> None:
        """Return when nginx answers from container `name`, and not from those any more.

        Raises:
            HomeportError: it does not within `seconds`.
        """
        container = await self._docker.container(name)
        old = [c for c in await asyncio.gather(*map(self._look, instead_of)) if c]
        deadline = time.monotonic() + seconds
        while not self._serves(container) or any(map(self._is_served, old)):
            refusal = self._refusal(name)
            if refusal or time.monotonic() > deadline:
                raise HomeportError(
                    f"the proxy does not route {name}: {refusal or self._why_not(name)}",
                    hint="homeport doctor looks at the proxy",
                )
            if not self._followed:
                await self.sync()
            await asyncio.sleep(_EVERY)

    async def drained(self, name: str, seconds: float) -> None:
        """Return when nginx has no request in flight to `name`, or after `seconds`."""
        container = await self._look(name)
        if container is None or not container.running:
            return
        deadline = time.monotonic() + seconds
        await self._unrouted(container, deadline)
        turned_away = time.monotonic() + KEPT_ALIVE + _LATE
        while time.monotonic() < deadline:
            # A worker of before may still send it what comes on a connection that was kept alive.
            quiet = time.monotonic() > turned_away or not await self._retiring()
            if quiet and not await self._in_flight(container):
                return
            await asyncio.sleep(_DRAIN_LOOK)

    async def leave(self, network: str) -> None:
        """Let nginx leave a network that is going to be removed."""
        try:
            await self._docker.disconnect(network, self._container)
        except (NotFound, EngineError):
            return  # it is not in it

    def conflicts(self, hosts: Sequence[str], project: str) -> list[str]:
        """For each host that is another's, a sentence that says whose."""
        mine = {self._own_host: "homeport itself"} if self._own_host else {}
        return conflicts(hosts, project, {**read_claims(self._claims), **mine})

    # -- how

    @property
    def _claims(self) -> Path:
        return self._folder / "claims.json"

    def _matters(self, container: Container) -> bool:
        return is_coming(container, self._instance) or stands_in(container, self._instance)

    def _render(self, table: RouteTable, *, generation: int) -> str:
        return render(
            table, generation=generation, own_host=self._own_host, drain=int(self._drain) + 5
        )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Another process may serve from the same folder: one at a time."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    async def _look(self, name: str) -> Container | None:
        try:
            return await self._docker.container(name)
        except NotFound:
            return None

    async def _join(self, containers: list[Container], wanted: list[Container]) -> set[str]:
        """Let nginx join a network of each container that asks; the networks that it is in."""
        nginx = next((c for c in containers if c.name == self._container), None)
        if nginx is None:
            return set()
        joined = {endpoint.network for endpoint in nginx.endpoints}
        for container in wanted:
            networks = [e.network for e in container.endpoints if e.network not in ("none", "host")]
            if networks and not joined.intersection(networks):
                await self._docker.connect(networks[0], self._container)
                joined.add(networks[0])
        return joined

    def _serves(self, container: Container) -> bool:
        """Whether the table that nginx took has it, for each host that it asks for.

        By its address: its name may have been another's in the table before.
        """
        wish = wish_of(container)
        addresses = {e.address for e in container.endpoints if e.address}
        wanted = {(host, wish.path) for host in wish.hosts}
        served = {
            (route.host, route.path)
            for route in self.table.routes
            if any(u.address in addresses and u.port == wish.port for u in route.upstreams)
        }
        return wanted <= served

    def _refusal(self, name: str) -> str:
        return next((r.reason for r in self.table.refusals if r.container == name), "")

    def _why_not(self, name: str) -> str:
        absent = [w for r in self.table.routes for w in r.why_not if w.startswith(f"{name}: ")]
        return next(iter(absent), "nginx does not answer with the new configuration")

    def _is_served(self, container: Container) -> bool:
        addresses = {e.address for e in container.endpoints if e.address}
        return any(u.address in addresses for r in self.table.routes for u in r.upstreams)

    async def _unrouted(self, container: Container, deadline: float) -> None:
        while self._is_served(container):
            if time.monotonic() > deadline:
                return
            if not self._followed:
                await self.sync()
            await asyncio.sleep(_EVERY)

    async def _retiring(self) -> bool:
        return any((await workers(self._docker, self._container)).values())

    async def _in_flight(self, container: Container) -> int:
        try:
            port = wish_of(container).port
        except Refused:
            return 0  # it was never routed
        addresses = [e.address for e in container.endpoints if e.address]
        counts = [await in_flight(self._docker, self._container, a, port) for a in addresses]
        return sum(counts)
