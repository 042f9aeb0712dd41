"""The composition root of the daemon: every part is made here, and handed what it needs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from homeport import __version__
from homeport.build.judge import forget_scans
from homeport.daemon.keep import RegistryKeeper, SystemKeeper
from homeport.daemon.lock import only_one
from homeport.daemon.memory import StoreMemory
from homeport.daemon.parts import resident, workshop_of
from homeport.daemon.registry import closed_flag, prepare_registry, registry_of, registry_project
from homeport.daemon.removal import remove_app
from homeport.daemon.server import Server, listen_tcp, listen_unix
from homeport.daemon.stacks import Stacks
from homeport.daemon.supervise import supervised
from homeport.daemon.system import proxy_of
from homeport.delivery.apply import Mover, Where
from homeport.delivery.ledger import Ledger
from homeport.delivery.publisher import Publisher
from homeport.delivery.queue import Deliveries
from homeport.delivery.recover import resume, settle
from homeport.delivery.retire import forget_old_releases
from homeport.delivery.watched import Watched, pinned, watched
from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.errors import NotFound
from homeport.events import DaemonStarted, DaemonStopped
from homeport.model.app import App, Run
from homeport.proxy.waits import Switch
from homeport.registry.collect import Freed, collect
from homeport.settings import Settings
from homeport.source.receive import install_hooks
from homeport.store.ledger import Store
from homeport.tell import tell
from homeport.upkeep import images
from homeport.upkeep.disk import Governor, Parts
from homeport.upkeep.follow import Follow
from homeport.upkeep.images import ImageWatch
from homeport.web.app import build_app
from homeport.web.context import Context


def run(settings: Settings) -> int:
    """Run the daemon until it is told to stop; its exit status.

    Raises:
        Conflict: a daemon runs already for this state folder.
        Unavailable: the state folder cannot be used.
    """
    if settings.docker_host:  # buildx and compose are to ask the same Engine
        os.environ["DOCKER_HOST"] = settings.docker_host
    with only_one(settings.state):
        return asyncio.run(_Daemon(settings).run())


def take_away(settings: Settings) -> None:
    """Remove the system stack; for `down --all`, with no daemon running."""
    asyncio.run(_take_away(settings))


async def _take_away(settings: Settings) -> None:
    docker = Docker(settings.docker_host)
    store = Store(settings.state)
    try:
        switch = Switch(docker, proxy_of(docker, settings), followed=False)
        mover = Mover(
            docker, switch, StoreMemory(store), instance=settings.instance, locks=settings.locks
        )
        for project in (registry_project(settings), settings.system_project):
            await mover.down(Where(project=project), volumes=True)
    finally:
        docker.close()
        store.close()


class _Daemon:
    """The parts of one daemon, and the order in which they start and stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = Store(settings.state)
        self._memory = StoreMemory(self._store)
        self._docker = Docker(settings.docker_host)
        self._watch = Watch(self._docker, self._store.record)
        self._proxy = proxy_of(self._docker, settings)
        self._mover = self._mover_with(self._memory)
        self._stacks = Stacks(settings, self._store, self._mover_with)
        self._follow = Follow(self._watch, self._proxy, self._store.record)
        self._system = SystemKeeper(settings, self._watch, self._proxy, self._follow, self._mover)
        self._registry = registry_of(settings)
        self._images = self._registry and RegistryKeeper(
            settings, self._watch, self._mover, self._registry, self._system
        )
        self._shop = workshop_of(
            settings,
            self._docker,
            self._mover,
            self._memory,
            opened=self._system.ready,
            go_back=self._go_back,
            registry=self._registry,
            published=self._images.ready if self._images else asyncio.Event(),
        )
        self._governor = self._governor_of()
        self._publisher = Publisher(self._shop, self._governor.wake)
        self._deliveries = Deliveries(self._shop, self._memory, self._publisher)
        self._image_watch = ImageWatch(
            images.Parts(
                watched=self._watched,
                pinned=pinned,
                tried=self._tried,
                move=self._follow_image,
                record=self._store.record,
                every=settings.watch,
            )
        )
        self._stopping = asyncio.Event()
        self._all = False
        self._began = time.time()

    def _mover_with(self, ledger: Ledger) -> Mover:
        return Mover(
            self._docker,
            Switch(self._docker, self._proxy, followed=True),
            ledger,
            instance=self._settings.instance,
            locks=self._settings.locks,
        )

    async def run(self) -> int:
        """Start everything; return when it was told to stop."""
        self._store.record(DaemonStarted(version=__version__))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        install_hooks(self._hooks, self._settings.socket)
        self._proxy.prepare()
        prepare_registry(self._settings)
        self._publisher.resume()
        left = resume(self._shop, self._memory, self._deliveries)
        server = Server(build_app(self._context()))
        sockets = self._sockets()
        told = self._store.journal.last(1)  # the start of this one
        record = self._store.record
        tasks = [
            asyncio.create_task(server.serve(sockets)),
            asyncio.create_task(supervised("engine", self._watch.run, record)),
            asyncio.create_task(supervised("routes", self._follow.run, record)),
            asyncio.create_task(supervised("system", self._system.run, record)),
            *self._registry_tasks(),
            asyncio.create_task(supervised("recovery", lambda: self._settle(left), record)),
            asyncio.create_task(supervised("disk", self._governor.run, record)),
            asyncio.create_task(supervised("images", self._image_watch.run, record)),
            asyncio.create_task(self._tell(told)),
        ]
        async with self._proxy.holding.open():
            await self._stopping.wait()
            await self._stop(server, tasks)
        return 0

    def _registry_tasks(self) -> list[asyncio.Task[None]]:
        keeper, record = self._images, self._store.record
        return [asyncio.create_task(supervised("registry", keeper.run, record))] if keeper else []

    def _watched(self) -> Iterator[Watched]:
        """Every image that live releases follow."""
        for app in self._store.apps.list():
            with contextlib.suppress(NotFound):
                if app.current_release:
                    release = self._store.releases.get(app.name, app.current_release)
                    yield from watched(app, release)

    def _tried(self, app: str, image: str) -> bool:
        """Whether a run went to that image already: what failed is not tried again."""
        return any(run.kind == "watch" and run.ref == image for run in self._store.runs.of_app(app))

    def _follow_image(self, app: str, image: str) -> None:
        self._deliveries.follow(self._store.apps.get(app), image)

    def _governor_of(self) -> Governor:
        return Governor(
            Parts(
                docker=self._docker,
                registry=self._registry,
                collect=self._collect,
                forget_releases=self._forget_releases,
                record=self._store.record,
                budget=int(self._settings.disk_budget * 1e9),
            )
        )

    async def _collect(self) -> Freed | None:
        """Take away what the registry holds for nobody; not while something is published."""
        if self._registry is None or not self._publisher.is_idle:
            return None
        return await collect(
            self._registry,
            superseded=self._store.builds.replaced(),
            closed=closed_flag(self._settings),
            is_busy=lambda: self._proxy.nginx.is_busy("registry-writes"),
        )

    async def _forget_releases(self) -> int:
        apps = [app.name for app in self._store.apps.list()]
        return sum([await forget_old_releases(self._shop, app, keep=0) for app in apps])

    async def _settle(self, left: list[Run]) -> None:
        """Finish what deployments left that were interrupted."""
        await self._system.ready.wait()
        await forget_scans(self._docker)
        await settle(self._shop, left)

    async def _tell(self, after: int) -> None:
        """What happens, on standard error; the lines of runs stand in their logs."""
        async for recorded in self._store.journal.follow(after):
            line = "" if recorded.event.run else tell(recorded.event).strip()
            if line:
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()

    async def _stop(self, server: Server, tasks: list[asyncio.Task[None]]) -> None:
        """Runs under way go on when the daemon starts again; what is live stays live."""
        self._store.record(DaemonStopped())
        server.end()
        self._store.journal.announce()
        self._store.logs.announce()
        await asyncio.wait(tasks[:1], timeout=5)
        await _cancelled(tasks)
        await _cancelled([t for t in asyncio.all_tasks() if t is not asyncio.current_task()])
        if self._all:
            if self._images:
                await self._images.take_away()
            await self._system.take_away()
        self._docker.close()
        self._store.close()

    # -- what the API is handed

    @property
    def _hooks(self) -> Path:
        return self._settings.state / "hooks"

    def _context(self) -> Context:
        settings = self._settings
        return Context(
            store=self._store,
            deliveries=self._deliveries,
            stacks=self._stacks,
            publishing=self._publishing,
            governor=self._governor,
            tag_moved=self._image_watch.wake,
            docker=self._docker,
            registry=self._registry,
            repositories=settings.state / "repositories",
            hooks=self._hooks,
            max_push=settings.max_push,
            local_socket=str(settings.socket),
            git_url=settings.git_url,
            elsewhere=self._shop.url(settings.host) if settings.host else "",
            status=self._status,
            remove=self._remove,
            stop=self._stop_soon,
        )

    def _sockets(self) -> list[socket.socket]:
        settings = self._settings
        return [
            listen_tcp(*settings.listen_address),
            listen_unix(settings.socket, 0o600),
            # nginx's workers are another user; the folder above is closed to everybody else.
            listen_unix(settings.proxy_dir / "run" / "daemon.sock", 0o666),
        ]

    async def _status(self) -> dict[str, Any]:
        table = self._proxy.table
        return {
            "version": __version__,
            "ready": self._system.ready.is_set() and (not self._images or self._images.settled),
            "trouble": self._system.trouble,
            "engine": "answers" if self._watch.complete else "does not answer",
            "uptime": round(time.time() - self._began, 1),
            "memory": resident(),
            "pid": os.getpid(),
            "state_dir": str(self._settings.state),
            "listen": self._settings.listen,
            "proxy": {
                "generation": self._proxy.generation,
                "reloads": self._proxy.reloads,
                "http_port": self._settings.http_port,
                "answers": bool(await self._proxy.nginx.generation()),
            },
            "registry": {
                "address": self._registry.address if self._registry else "",
                "ready": bool(self._images and self._images.ready.is_set()),
                "trouble": self._images.trouble if self._images else "",
            },
            "space": asdict(self._governor.last) if self._governor.last else {},
            "disk_budget": self._settings.disk_budget,
            "routes": [asdict(route) for route in table.routes],
            "refusals": [asdict(refusal) for refusal in table.refusals],
        }

    async def _remove(self, app: App, volumes: bool) -> None:
        await self._deliveries.forget(app.name)
        await remove_app(app, self._store, self._shop, volumes=volumes)

    def _publishing(self, run: int) -> asyncio.Event | None:
        order = self._publisher.of_run(run)
        return order.done if order else None

    def _go_back(self, app: str, to: int) -> None:
        self._deliveries.rollback(self._store.apps.get(app), to, "monitor")

    def _stop_soon(self, everything: bool) -> None:
        self._all = everything
        self._stopping.set()


async def _cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
