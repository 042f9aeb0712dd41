"""`homeport proxy run`: keep default.conf and nginx as the containers ask for.

Whatever cannot be hurts whoever asked for it, by name and reason; what was served goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.errors import HomeportError
from homeport.events import EngineLost, Event
from homeport.model.container import Container, Health
from homeport.proxy.dropin import files as found_files
from homeport.proxy.dropin.apply import Applier
from homeport.proxy.dropin.child import Child
from homeport.proxy.dropin.hosts import Asking, Surroundings, read_hosts
from homeport.proxy.dropin.model import Host, Refusal
from homeport.proxy.dropin.render import Nginx, Renderer
from homeport.proxy.dropin.secure import default_certificate, with_tls
from homeport.proxy.dropin.seen import Seen
from homeport.proxy.dropin.separate import Separate
from homeport.proxy.dropin.server import MIN_TIMEOUT, Place
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.gen.run import current_container
from homeport.proxy.readiness import Readiness
from homeport.proxy.tls.folder import Certificates

_QUIET, _LONGEST = 0.012, 0.4  # seconds without a change, and the longest that one waits
_FILES = 1.0  # seconds between two looks at the administrator's files
_AGAIN = 2.0  # seconds until what did not work is tried again
_DHPARAM, _CONF = Path("/usr/share/homeport-proxy/dhparam"), "/etc/nginx/conf.d"
_FIRST = 2.0  # seconds that the Engine has before nginx starts with what was served last
Tell = Callable[[str], None]


class Proxy:
    """One nginx, one file, and the containers of one Engine."""

    def __init__(
        self, docker: Docker, settings: Settings, root: Path, run: Path, tell: Tell, say: Tell
    ) -> None:
        """`root` is /etc/nginx; `tell` is for people, `say` for whoever reads our output."""
        self._settings, self._root, self._tell, self._say = settings, root, tell, say
        self._docker = docker
        self._ours: Container | None = None
        self._watch = Watch(docker, self._lost, filters=settings.filters)
        self._ready, self._wake, self._listed = Readiness(), asyncio.Event(), asyncio.Event()
        place = Place(root / "conf.d" / found_files.GENERATED)
        self._separate = Separate(docker, name=settings.nginx_container, label=settings.nginx_label)
        self._server: Child | Separate = Child(place, run, tell)
        self._place, self._own = place, current_container()
        self._seen = Seen()
        # What was looked at is copied: a private folder of ours; nginx reads the files themselves.
        self._certificates = Certificates(root / "certs", run / "tls")
        self._told: frozenset[Refusal] = frozenset()
        self._files = found_files.Files()
        self._applier: Applier | None = None

    async def run(self) -> None:
        """Until SIGTERM, SIGQUIT or SIGINT; a SIGHUP makes everything anew."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, ended.set)
        loop.add_signal_handler(signal.SIGHUP, self._anew)
        tasks = [self._watch.run(), self._announce(), self._look_at_files(), self._serve()]
        running = [asyncio.create_task(one) for one in (*tasks, _returns(ended.wait()))]
        done, rest = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._server.end()
        for task in done:
            task.result()

    async def _serve(self) -> None:
        """Begin, then bring nginx up to date whenever something changes."""
        await self._begin()
        assert self._applier
        async with asyncio.TaskGroup() as group:
            group.create_task(self._server.look_after())
            group.create_task(self._wakes(self._server))
            while True:
                await self._wake.wait()
                await self._quiet()
                try:
                    await self._bring(self._applier)
                except HomeportError as error:
                    self._tell(f"{self._place.file} stays as it was: {error.message}")
                    group.create_task(self._again())

    async def _begin(self) -> None:
        """Which nginx; it serves what was good last where the Engine does not say anything."""
        self._ours = await self._look_at_ourselves()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._listed.wait(), _FIRST)
        if self._settings.names_nginx or (self._watch.complete and await self._is_separate()):
            self._server = self._separate
        version = await self._server.version()
        nginx = Nginx(
            min_timeout=version >= MIN_TIMEOUT,
            status=self._server.status,
            resolvers=self._server.resolvers,
            dhparam=self._dhparam(),
        )
        self._applier = Applier(
            self._server, self._place, Renderer(self._settings, nginx), self._tell
        )
        if self._watch.complete:
            with contextlib.suppress(HomeportError):
                await self._prepare(self._applier)
        await self._server.begin()

    def _dhparam(self) -> str:
        """The administrator's, else one of the image's: RFC 7919, appendix A."""
        paths = [self._root / "dhparam" / "dhparam.pem"]
        if self._server is not self._separate:
            paths.append(_DHPARAM / f"ffdhe{self._settings.dhparam_bits}.pem")
        return next((str(path) for path in paths if path.is_file()), "")

    async def _is_separate(self) -> bool:
        """Whether nginx is in a container that shares our folder with us."""
        found = await self._separate.find()
        volume = self._ours.volumes.get(_CONF) if self._ours else ""
        return bool(found and volume and found.volumes.get(_CONF) == volume)

    async def _look_at_ourselves(self) -> Container | None:
        """We may not match the filters."""
        with contextlib.suppress(HomeportError):
            return await self._docker.container(self._own) if self._own else None
        return None

    async def _prepare(self, applier: Applier) -> None:
        """The file that nginx starts with is of today: addresses of yesterday are others' now."""
        self._files = found_files.look(self._root)
        asking, refusals = self._seen.read(self._watch.view.values())
        await self._look_at_certificates()
        await self._ready.settle([a.container for a in asking])
        await applier.prepare(self._hosts(asking), refusals, self._files)

    async def _bring(self, applier: Applier) -> None:
        """What the containers ask for, into the file, into nginx."""
        if not self._watch.complete:
            return
        asking, refusals = self._seen.read(self._watch.view.values())
        self._complain(refusals)
        await self._look_at_certificates()
        await applier.apply(self._hosts(asking), refusals, self._files)

    def _hosts(self, asking: list[Asking]) -> tuple[Host, ...]:
        around, settings, files, now = self._around(), self._settings, self._files, time.time()
        self._ready.machine, ready = around.gateway, self._ready_ones(asking)
        hosts = read_hosts(asking, ready=ready, around=around, settings=settings, files=files)
        found = self._certificates.found
        if self._applier:
            self._applier.default_certificate(default_certificate(found, files, now))
        return with_tls(hosts, found, settings=settings, files=files, now=now)

    async def _look_at_certificates(self) -> None:
        """Each that is another; what is wrong with one is told once."""
        if not self._certificates.is_stale():
            return
        before = self._certificates.faults()
        await self._certificates.look()
        self._certificates.forget_but("")
        for name, why in self._certificates.faults().items():
            if before.get(name) != why:
                self._tell(why)

    def _ready_ones(self, asking: Iterable[Asking]) -> set[str]:
        """Those that answer; of those that we do not reach, those that do not say otherwise."""
        containers = [asked.container for asked in asking]
        ours = self._networks_of(self._own)
        near = [c for c in containers if _is_near(c, ours)]
        far = (c for c in containers if not _is_near(c, ours))
        return self._ready.of(near) | {
            c.id for c in far if c.running and c.health in (Health.NONE, Health.HEALTHY)
        }

    def _around(self) -> Surroundings:
        """Where nginx stands."""
        nginx = self._own
        if self._server is self._separate:
            found = (c for c in self._watch.view.values() if self._is_nginx(c))
            nginx = next((c.id for c in found), "")
        container = self._watch.view.get(nginx) or (self._ours if nginx == self._own else None)
        if container is None or container.network_mode == "host":
            return Surroundings()
        gateways = (e.gateway for e in container.endpoints if e.gateway)
        return Surroundings(
            networks=frozenset(e.network for e in container.endpoints),
            gateway=next(gateways, "127.0.0.1"),
        )

    def _is_nginx(self, container: Container) -> bool:
        settings = self._settings
        if settings.nginx_container:
            return settings.nginx_container in (container.name, container.id, container.id[:12])
        return container.running and settings.nginx_label in container.labels

    def _networks_of(self, container_id: str) -> frozenset[str] | None:
        found = self._watch.view.get(container_id) or self._ours
        if found is None or found.network_mode == "host":
            return None
        return frozenset(endpoint.network for endpoint in found.endpoints)

    def _complain(self, refusals: list[Refusal]) -> None:
        """A line for each, once."""
        now = frozenset(refusals)
        for refusal in sorted(now - self._told, key=lambda r: r.container):
            self._tell(f"{refusal.container} is not routed: {refusal.reason}")
        self._told = now

    async def _quiet(self) -> None:
        """Return when no change came for a moment, or they have come for long enough."""
        first = time.monotonic()
        while self._wake.is_set() and time.monotonic() - first < _LONGEST:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _QUIET)
        self._wake.clear()

    async def _announce(self) -> None:
        """The containers changed."""
        told = False
        async for _ in self._watch.changes():
            if not told:
                self._say("Watching docker events")
            told = True
            self._listed.set()
            self._wake.set()

    async def _wakes(self, server: Child | Separate) -> None:
        """A container became ready, or nginx was started again."""
        while True:
            waits = [asyncio.create_task(e.wait()) for e in (self._ready.changed, server.died)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            self._ready.changed.clear()
            server.died.clear()
            self._wake.set()

    async def _look_at_files(self) -> None:
        while True:
            found = found_files.look(self._root)
            if found != self._files or self._certificates.is_stale():
                self._files = found
                self._wake.set()
            await asyncio.sleep(_FILES)

    async def _again(self) -> None:
        await asyncio.sleep(_AGAIN)
        self._wake.set()

    def _anew(self) -> None:
        if self._applier:
            self._applier.forget()
        self._files = found_files.look(self._root)
        self._wake.set()

    def _lost(self, event: Event) -> None:
        if isinstance(event, EngineLost):
            self._tell(f"{event.reason}; looking again")
        else:
            self._say("Watching docker events")


def _is_near(container: Container, networks: frozenset[str] | None) -> bool:
    if networks is None or container.network_mode == "host":
        return True
    return any(endpoint.network in networks for endpoint in container.endpoints)


async def _returns(wait: Coroutine[Any, Any, Any]) -> None:
    await wait
