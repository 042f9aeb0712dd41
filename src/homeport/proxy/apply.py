"""Observe the containers, make the configuration, let nginx take it.

Used by the daemon, which follows the containers, and by a `stack up` without one.
"""

from __future__ import annotations

import asyncio
import fcntl
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from homeport.engine.checks import passes
from homeport.engine.docker import Docker
from homeport.errors import NotFound
from homeport.model.container import Container
from homeport.model.route import RouteTable
from homeport.proxy.ahead import Ahead
from homeport.proxy.bell import Bell
from homeport.proxy.claims import claims_of, conflicts, read_claims, write_claims
from homeport.proxy.held import Held
from homeport.proxy.joined import placed
from homeport.proxy.meter import Counting
from homeport.proxy.metrics import exposition
from homeport.proxy.networks import Networks
from homeport.proxy.nginx import Nginx
from homeport.proxy.readiness import Readiness
from homeport.proxy.render import NO_LOGS, Logs
from homeport.proxy.routes import is_coming, is_seen, read_routes, wish_of
from homeport.proxy.serving import Frame, Serving
from homeport.proxy.watched import Watched


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
        hold: float = 60.0,
        registry: bool = False,
        https_port: int = 443,
        logs: Logs = NO_LOGS,
    ) -> None:
        """`drain`: seconds that an old worker has; `hold`: seconds that a request may wait."""
        self.watched = Watched(
            docker, container, folder / "run", metrics=logs.metrics, access_log=logs.access
        )
        self._docker, self._folder, self._container = docker, folder, container
        self._instance, self._own_host = instance, own_host
        self._turn = asyncio.Lock()
        self.nginx = Nginx(docker, container, folder)
        frame = Frame(
            own_host=own_host, drain=drain, registry=registry, https_port=https_port, logs=logs
        )
        self.serving = Serving(self.nginx, folder, frame)
        self.readiness = Readiness(passes=partial(passes, docker))
        self._bell = Bell(self.nginx.status_socket)
        self.counting = Counting(folder / "run", self._bell, self.nginx.heard)
        self.held = Held(folder / "run", self._bell, hold=hold)
        self.networks = Networks(docker, container)
        self._claimed: dict[str, str] = {}
        self._view: dict[str, Container] = {}  # all that were shown
        self._seen: dict[str, Container] = {}  # those that matter
        self._ahead = Ahead()

    # -- what is served

    @property
    def table(self) -> RouteTable:
        """What nginx serves."""
        return self.serving.table

    def hang_up(self) -> None:
        """Nginx is to end: nothing of ours keeps its workers."""
        self._bell.silence()

    async def metrics(self) -> str:
        """What Prometheus reads."""
        await self.watched.look()
        found, reloads = self.serving.certificates.found, self.serving.reloads
        return exposition(self.watched.requests, self.table, found, reloads=reloads)

    def prepare(self) -> None:
        """Make the folders, and a first configuration, before nginx is started."""
        for name in ("conf", "run", "run/hold", "run/acme"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        # nginx, another user, makes its socket in it, and connects to the daemon's. The folder
        # above it is closed to everybody else on this machine.
        (self._folder / "run").chmod(0o777)
        self.counting.prepare()
        self.watched.prepare()
        self.serving.prepare()

    async def sync(self) -> None:
        """Look at every container, and serve what there is."""
        found = await self._docker.containers()
        looked = await asyncio.gather(*(self._look(c.id) for c in found))
        containers = [c for c in placed(c for c in looked if c) if self._matters(c)]
        await self.readiness.settle(containers)
        await self.serve([c for c in looked if c])

    def notice(self, containers: Iterable[Container]) -> None:
        """See at once what changed, for the requests that wait or have to; nginx learns it later.

        A reload takes 0.1 s: nobody has to wait for it who is held already, and nobody is sent in
        this time to one who stops.
        """
        if self.serving.content:  # else nobody knows yet who was served before
            self._view = {c.id: c for c in placed(containers)}
            found = self._ahead.merged(self._view.values(), clock=time.monotonic())
            self._seen = {c.id: c for c in found if self._matters(c)}
            self._expect(list(self._seen.values()))

    def notice_one(self, container: Container) -> None:
        """See at once that a container changed, before the Engine's event of it comes."""
        self._ahead.notice(container, clock=time.monotonic())
        self.notice((self._view | self._seen | {container.id: container}).values())

    async def serve(self, containers: Iterable[Container]) -> bool:
        """Serve what these containers ask for; whether anything changed.

        Raises:
            HomeportError: nginx did not take it; what it served before is served still.
        """
        async with self._turn:
            with self._locked():
                return await self._serve(placed(containers))

    def holds(self, container: Container) -> bool:
        """Whether the requests for all of its hosts are held: none comes to it any more."""
        return self.held.all_of(wish_of(container).keys)

    async def is_busy(self, container: Container) -> bool:
        """Whether a request is on its way to one of its sites whose body is still coming."""
        sites = self.held.sites_of(wish_of(container).keys)
        return any([await self.nginx.is_busy(site) for site in sites])

    def conflicts(self, hosts: Sequence[str], project: str) -> list[str]:
        """For each host that is another's, a sentence that says whose."""
        mine = {self._own_host: "homeport itself"} if self._own_host else {}
        return conflicts(hosts, project, {**read_claims(self._claims), **mine})

    # -- how

    async def _serve(self, containers: list[Container]) -> bool:
        # A staged one is looked at, too: when it is promoted, nothing is left to wait for.
        found = self._ahead.merged(containers, clock=time.monotonic())
        coming = [c for c in found if self._matters(c)]
        if not self.serving.content:
            # What was ready before this process began is served on, without a gap.
            await self.readiness.settle(coming)
        await self.networks.join(containers, coming)
        await self.serving.look()
        before = self._claimed = read_claims(self._claims)
        self._seen = {c.id: c for c in coming}
        table = self._expect(coming)
        # Of this moment: what is noticed while nginx is asked belongs to the next configuration.
        changed = await self.serving.let_take(table, self.held.shown())
        self.held.lower()
        if changed:
            self._bell.renew()
        claims = claims_of(table, before, containers)
        if claims != before:
            write_claims(self._claims, claims)
        return changed

    def _expect(self, coming: list[Container]) -> RouteTable:
        """Decide what is to be served; requests that wait go on, and where nobody is, wait."""
        table = read_routes(
            coming,
            ready=self.readiness.of(coming),
            joined=self.networks.joined,
            claims=self._claimed,
            instance=self._instance,
        )
        return self.held.expect(table)

    @property
    def _claims(self) -> Path:
        return self._folder / "claims.json"

    def _matters(self, container: Container) -> bool:
        return is_coming(container, self._instance) or is_seen(container, self._instance)

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
