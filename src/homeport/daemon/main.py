"""The composition root of the daemon: every part is made here, and handed what it needs."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from homeport import __version__
from homeport.daemon.memory import StoreMemory
from homeport.daemon.server import Server
from homeport.daemon.supervise import supervised
from homeport.daemon.system import system_stack
from homeport.delivery.apply import Mover, Where
from homeport.delivery.queue import Deliveries
from homeport.delivery.recover import recover
from homeport.delivery.workshop import Workshop
from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.errors import Conflict, EngineDown, Unavailable
from homeport.events import DaemonStarted, DaemonStopped
from homeport.proxy.apply import Proxy
from homeport.settings import Settings
from homeport.store.ledger import Store
from homeport.upkeep.follow import Follow

_ENGINE_AGAIN = 1.0  # seconds between two looks for an Engine that is down


def run(settings: Settings) -> int:
    """Run the daemon until it is told to stop; its exit status.

    Raises:
        Conflict: a daemon runs already for this state folder.
        Unavailable: the state folder cannot be used.
    """
    with _only_one(settings.state):
        return asyncio.run(_Daemon(settings).run())


def take_away(settings: Settings) -> None:
    """Remove the system stack; for `down --all`, with no daemon running."""
    asyncio.run(_take_away(settings))


async def _take_away(settings: Settings) -> None:
    docker = Docker(settings.docker_host)
    store = Store(settings.state)
    try:
        proxy = Proxy.for_settings(docker, settings)
        mover = Mover(docker, proxy, StoreMemory(store), instance=settings.instance)
        await mover.down(Where(project=settings.system_project), volumes=True)
    finally:
        docker.close()
        store.close()


@contextlib.contextmanager
def _only_one(state: Path) -> Iterator[None]:
    """Hold the lock of a state folder; the kernel lets go of it when this process dies."""
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (state / "daemon.lock").open("a+")
    except OSError as error:
        raise Unavailable(
            f"the state folder {state} cannot be used: {error.strerror}",
            hint="set HOMEPORT_STATE_DIR to a folder that this user may write",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                f"homeport runs already for {state}", hint="homeport status; homeport down"
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


class _Daemon:
    """The parts of one daemon, and the order in which they start and stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = Store(settings.state)
        self._memory = StoreMemory(self._store)
        self._docker = Docker(settings.docker_host)
        self._watch = Watch(self._docker, self._store.record)
        self._proxy = Proxy.for_settings(self._docker, settings)
        self._mover = Mover(
            self._docker, self._proxy, self._memory, instance=settings.instance
        )
        self._deliveries = Deliveries(self._workshop(), self._memory)
        self._stopping = asyncio.Event()
        self._take_away = False
        self._ready = False
        self._began = time.time()

    async def run(self) -> int:
        """Start everything; return when it was told to stop."""
        self._store.record(DaemonStarted(version=__version__))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        server = Server(self._app())
        loops = [
            server.serve(self._sockets()),
            supervised("engine", self._watch.run, self._store.record),
            supervised("system", self._start, self._store.record),
            supervised("routes", self._follow, self._store.record),
        ]
        tasks = [asyncio.create_task(loop) for loop in loops]
        await self._stopping.wait()
        await self._stop(server, tasks)
        return 0

    async def _start(self) -> None:
        """Bring the system stack up, then go on with what was interrupted; once, when it can be."""
        await self._engine_answers()
        self._proxy.prepare()
        where = Where(project=self._settings.system_project)
        stack = system_stack(self._settings)
        clearing = await self._mover.forward(stack, where, live=lambda _plan: None)
        await clearing
        await self._proxy.sync()
        self._ready = True
        await recover(self._shop, self._memory, self._deliveries)

    async def _engine_answers(self) -> None:
        """Wait for an Engine that is down: a box that boots starts both at once."""
        while True:
            try:
                await self._docker.negotiate()
            except EngineDown:
                await asyncio.sleep(_ENGINE_AGAIN)
            else:
                return

    async def _stop(self, server: Server, tasks: list[asyncio.Task[None]]) -> None:
        """Runs under way go on when the daemon starts again; what is live stays live."""
        self._store.record(DaemonStopped())
        server.should_exit = True
        await asyncio.wait(tasks[:1], timeout=5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._take_away:
            where = Where(project=self._settings.system_project)
            await self._mover.down(where, volumes=True)
        self._docker.close()
        self._store.close()

    # -- what the API is handed

    def _stop_soon(self, everything: bool) -> None:
        self._take_away = everything
        self._stopping.set()
