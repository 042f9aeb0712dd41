"""`homeport proxy run`: keep default.conf and nginx as the containers ask for.

Whatever cannot be hurts whoever asked for it, by name and reason; what was served goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.errors import HomeportError
from homeport.events import EngineLost, Event
from homeport.proxy.dropin.apply import Applier
from homeport.proxy.dropin.arrivals import Arrivals
from homeport.proxy.dropin.child import Child
from homeport.proxy.dropin.files import GENERATED
from homeport.proxy.dropin.model import Wanted
from homeport.proxy.dropin.pace import pause_for, quiet_for
from homeport.proxy.dropin.render import Nginx, Renderer
from homeport.proxy.dropin.report import Parts, Report
from homeport.proxy.dropin.separate import Separate
from homeport.proxy.dropin.server import MIN_TIMEOUT, Place
from homeport.proxy.dropin.setbacks import Seldom, Setbacks
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.dropin.sight import Sight
from homeport.proxy.dropin.state import SOCKET, told
from homeport.proxy.dropin.waiting import Waiting
from homeport.proxy.dropin.whereabouts import Whereabouts
from homeport.proxy.flags import Flags

_SHARE, _MOST = 3, 0.1  # so many times what a look takes is not looked again; seconds at most
_FILES = 1.0  # seconds between two looks at the administrator's files
_FIRST = 2.0  # seconds that the Engine has before nginx starts with what was served last
_DHPARAM = Path("/usr/share/homeport-proxy/dhparam")
Tell = Callable[[str], None]


class Proxy:
    """One nginx, one file, and the containers of one Engine."""

    def __init__(
        self, docker: Docker, settings: Settings, root: Path, run: Path, tell: Tell, say: Tell
    ) -> None:
        """`root` is /etc/nginx; `tell` is for people, `say` for whoever reads our output."""
        self._settings, self._root, self._run, self._tell = settings, root, run, tell
        self._say, self._where = say, Whereabouts(docker, settings)
        self._watch = Watch(docker, self._lost, filters=settings.filters, also=self._where.own)
        self._wake, self._due, self._listed = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._place = Place(root / "conf.d" / GENERATED)
        self._separate = Separate(docker, name=settings.nginx_container, label=settings.nginx_label)
        self._server: Child | Separate = Child(self._place, run, Seldom(tell))
        held = settings.hold, run / "hold.sock", self._wake, settings.defaults
        self._waiting = Waiting(*held)
        self._sight = Sight(self._watch, self._where, root, run, tell)
        self._arrivals, self._flags = Arrivals(settings.defaults), Flags(run / "flags")
        self._setbacks = Setbacks(tell, self._wake.set)
        self._wanted: Wanted | None = None
        self._applier: Applier | None = None
        self._report = Report(docker, settings, self._watch, self._where, self._sight, self._parts)
        self._took = self._brought = 0.0  # seconds, of what was brought last, and when that was

    async def run(self) -> None:
        """Until SIGTERM, SIGQUIT or SIGINT; a SIGHUP makes everything anew."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, ended.set)
        loop.add_signal_handler(signal.SIGHUP, self._anew)
        tasks = [self._watch.run(), self._announce(), self._look_at_files(), self._serve()]
        running = [asyncio.create_task(one) for one in tasks]
        running.append(asyncio.create_task(_returns(ended)))
        done, rest = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._server.end()
        for task in done:
            task.result()

    async def _serve(self) -> None:
        """Begin, then bring nginx up to date whenever something changes."""
        async with self._waiting.open(), told(self._run / SOCKET.name, self._report.answer):
            applier = await self._begin()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._server.look_after())
                group.create_task(self._wakes())
                group.create_task(self._look(applier))
                while True:
                    await self._due.wait()
                    await self._quiet()
                    await asyncio.sleep(pause_for(self._server.retired))
                    began = time.monotonic()
                    try:
                        await self._bring(applier)
                    except HomeportError as error:
                        self._setbacks.happens(f"{self._place.file} stays as it was: {error}")
                    self._brought = time.monotonic()
                    self._took = self._brought - began

    def _parts(self) -> Parts:
        return Parts(
            server=self._server,
            waiting=self._waiting,
            wanted=self._wanted,
            applier=self._applier,
        )

    async def _look(self, applier: Applier) -> None:
        """Read what the containers ask for; who can be answered at once is, before nginx knows."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            began = time.monotonic()
            try:
                await self._read(applier)
            except HomeportError as error:
                self._setbacks.happens(f"{self._place.file} stays as it was: {error}")
            # The longer it takes, the more is gathered for the next time.
            await asyncio.sleep(min(_SHARE * (time.monotonic() - began), _MOST))

    async def _read(self, applier: Applier) -> None:
        if self._watch.complete:
            self._wanted = await self._sight.look()
            self._show(applier)
            self._due.set()

    async def _bring(self, applier: Applier) -> None:
        """What is wanted last, into the file, into nginx."""
        if self._wanted:
            await applier.apply(self._wanted)
            self._setbacks.over()
            self._show(applier)

    def _show(self, applier: Applier) -> None:
        """Let those in whom nginx has not read of."""
        if self._wanted and not self._where.separate:
            hosts, now = self._wanted.hosts, time.monotonic()
            flags = self._arrivals.flags(hosts, applier.read, now, self._wanted.doors)
            # Where the disk is full, they wait for nginx.
            with contextlib.suppress(OSError):
                self._flags.keep(flags)
                self._flags.raise_for(flags)

    async def _begin(self) -> Applier:
        """Which nginx; it serves what was good last where the Engine does not say anything."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._listed.wait(), _FIRST)
        await self._where.look(self._separate, asked=self._watch.complete)
        if self._where.separate:
            self._server = self._separate
            self._waiting = Waiting(
                0, self._waiting.socket, self._wake
            )  # it sees no socket of ours
            self._settings = self._settings.without_hold
        self._sight.set_up(self._settings, self._waiting)
        self._flags.open()
        renderer = Renderer(self._settings, await self._nginx())
        parts = self._server, self._place, renderer, self._tell
        applier = Applier(*parts, self._sight.look_at_files)
        if self._watch.complete:
            with contextlib.suppress(HomeportError):
                await self._prepare(applier)
        await self._server.begin()
        self._applier = applier
        return applier

    async def _nginx(self) -> Nginx:
        paths = [self._root / "dhparam" / "dhparam.pem"]
        if not self._where.separate:
            # RFC 7919, appendix A.
            paths.append(_DHPARAM / f"ffdhe{self._settings.dhparam_bits}.pem")
        return Nginx(
            min_timeout=await self._server.version() >= MIN_TIMEOUT,
            status=self._server.status,
            hold=str(self._waiting.socket) if self._settings.hold else "",
            flags=str(self._flags.folder),
            resolvers=self._server.resolvers,
            dhparam=next((str(path) for path in paths if path.is_file()), ""),
        )

    async def _prepare(self, applier: Applier) -> None:
        """The file that nginx starts with is of today: addresses of yesterday are others' now."""
        self._sight.look_at_files()
        await self._sight.settle()
        await applier.prepare(await self._sight.look())

    async def _quiet(self) -> None:
        """Return when no change came for a moment, or they have come for long enough."""
        first = time.monotonic()
        quiet, longest = quiet_for(first - self._brought, self._took)
        while self._due.is_set() and time.monotonic() - first < longest:
            self._due.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), quiet)
        self._due.clear()

    async def _announce(self) -> None:
        """The containers changed."""
        async for _ in self._watch.changes():
            if not self._listed.is_set():
                self._say("Watching docker events")
            self._listed.set()
            self._wake.set()

    async def _wakes(self) -> None:
        """A container became ready, or nginx was started again."""
        while True:
            events = (self._sight.ready.changed, self._server.died)
            waits = [asyncio.create_task(event.wait()) for event in events]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait, event in zip(waits, events, strict=True):
                wait.cancel()
                event.clear()
            self._wake.set()

    async def _look_at_files(self) -> None:
        while True:
            if self._sight.look_at_files():
                self._wake.set()
            if self._applier:
                self._show(self._applier)  # a flag does not stay for ever
            await asyncio.sleep(_FILES)

    def _anew(self) -> None:
        if self._applier:
            self._applier.forget()
        self._sight.look_at_files()
        self._wake.set()

    def _lost(self, event: Event) -> None:
        if isinstance(event, EngineLost):
            self._tell(f"{event.reason}; looking again")
        else:
            self._say("Watching docker events")


async def _returns(ended: asyncio.Event) -> None:
    await ended.wait()
