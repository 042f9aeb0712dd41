"""The composition root of the daemon: every part is made here, and handed what it needs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from pathlib import Path

from homeport import __version__
from homeport.build.judge import forget_scans
from homeport.daemon import certificates, notify, records
from homeport.daemon.certificate_wishes import Around
from homeport.daemon.certificates import certificates_of
from homeport.daemon.images import Images, Registrar
from homeport.daemon.keep import SystemKeeper
from homeport.daemon.lock import only_one
from homeport.daemon.memory import StoreMemory
from homeport.daemon.parts import workshop_of
from homeport.daemon.registry import prepare_registry
from homeport.daemon.remotes import Remotes
from homeport.daemon.removal import remove_app
from homeport.daemon.report import Report, Reported
from homeport.daemon.server import Server, sockets_of
from homeport.daemon.ssh import SshKeeper
from homeport.daemon.stacks import Stacks
from homeport.daemon.supervise import cancelled, supervised
from homeport.daemon.system import container_name, proxy_of
from homeport.daemon.told import tell_all
from homeport.daemon.weights import WeightKeeper
from homeport.daemon.zones import ZoneFile
from homeport.delivery.apply import Mover
from homeport.delivery.jobs import forget_jobs
from homeport.delivery.ledger import Ledger
from homeport.delivery.queue import Deliveries
from homeport.delivery.recover import resume, settle
from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.events import DaemonStarted, DaemonStopped
from homeport.model.app import App, Run
from homeport.model.container import Container
from homeport.proxy.waits import Switch
from homeport.settings import Settings
from homeport.source.receive import install_hooks
from homeport.store.ledger import Store
from homeport.upkeep.follow import Follow
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
        self._weights = WeightKeeper(self._docker, self._watch, container_name(settings))
        self._registrar = Registrar(settings, self._watch, self._mover, self._system)
        self._shop = workshop_of(
            settings,
            self._docker,
            self._mover,
            self._memory,
            opened=self._system.ready,
            go_back=self._go_back,
            registry=self._registrar.registry,
            published=self._registrar.answers,
        )
        self._images = Images(
            settings,
            self._store,
            self._docker,
            self._proxy,
            self._shop,
            self._follow_image,
            self._deploy,
        )
        self._deliveries = Deliveries(self._shop, self._memory, self._images.publisher)
        self._remotes = Remotes(settings, self._store, self._shop, self._deliveries)
        self._ssh = SshKeeper(settings, self._store)
        self._zones = ZoneFile(settings, self._store.record)
        self._records = records.records_of(
            settings,
            self._store,
            self._zones,
            lambda: self._proxy.table,
            self._containers,
            self._system.ready,
        )
        self._notices = notify.Notices(settings, self._store)
        self._certificates = certificates_of(
            Around(
                settings=settings,
                store=self._store,
                docker=self._docker,
                watch=self._watch,
                proxy=self._proxy,
                follow=self._follow,
                records=self._records,
                zones=lambda: self._zones.now.zones,
                ready=self._system.ready,
            )
        )
        self._report = Report(
            Reported(
                settings=settings,
                docker=self._docker,
                watch=self._watch,
                proxy=self._proxy,
                system=self._system,
                registrar=self._registrar,
                governor=self._images.governor,
                records=self._records,
                zones=self._zones,
                certificates=self._certificates,
            )
        )
        self._stopping = asyncio.Event()
        self._all = False

    def _containers(self) -> Iterable[Container]:
        return self._watch.view.values()

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
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._zones.look)
        install_hooks(self._hooks, self._settings.socket)
        self._proxy.prepare()
        prepare_registry(self._settings)
        self._images.publisher.resume()
        left = resume(self._shop, self._memory, self._deliveries)
        server = Server(build_app(self._context()))
        sockets = sockets_of(self._settings)
        told = self._store.journal.last(1)  # the start of this one
        record = self._store.record
        tasks = [
            asyncio.create_task(server.serve(sockets)),
            asyncio.create_task(supervised("engine", self._watch.run, record)),
            asyncio.create_task(supervised("routes", self._follow.run, record)),
            asyncio.create_task(supervised("requests", self._proxy.watched.run, record)),
            asyncio.create_task(supervised("system", self._system.run, record)),
            asyncio.create_task(supervised("weights", self._weights.run, record)),
            *self._images.tasks(self._registrar.keeper),
            *self._remotes.tasks(),
            *self._notices.tasks(),
            *records.tasks(self._records, self._zones, self._settings, self._store),
            *certificates.tasks(self._certificates, self._store),
            asyncio.create_task(supervised("ssh", self._ssh.run, record)),
            asyncio.create_task(supervised("recovery", lambda: self._settle(left), record)),
            asyncio.create_task(tell_all(self._store, told)),
        ]
        async with self._proxy.held.holding.open():
            await self._stopping.wait()
            await self._stop(server, tasks)
        return 0

    async def _settle(self, left: list[Run]) -> None:
        """Finish what deployments left that were interrupted."""
        await self._system.ready.wait()
        await forget_scans(self._docker)
        await forget_jobs(self._shop)
        await asyncio.gather(settle(self._shop, left), self._stacks.resume())

    async def _stop(self, server: Server, tasks: list[asyncio.Task[None]]) -> None:
        """Runs under way go on when the daemon starts again; what is live stays live."""
        self._store.record(DaemonStopped())
        server.end()
        self._store.journal.announce()
        self._store.logs.announce()
        await asyncio.wait(tasks[:1], timeout=5)
        await cancelled(tasks)
        await cancelled([t for t in asyncio.all_tasks() if t is not asyncio.current_task()])
        if self._all:
            await self._registrar.take_away()
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
            publishing=self._images.publishing,
            governor=self._images.governor,
            remotes=self._remotes.watch,
            pull=self._remotes.pull,
            tag_moved=self._images.watch.wake,
            docker=self._docker,
            registry=self._registrar.registry,
            repositories=settings.state / "repositories",
            hooks=self._hooks,
            max_push=settings.max_push,
            local_socket=str(settings.socket),
            git_url=settings.git_url,
            elsewhere=self._shop.url(settings.host) if settings.host else "",
            ssh=self._ssh.told,
            records=self._records,
            notified=len(self._notices.addresses),
            certificates=self._certificates,
            status=self._report.status,
            examine=self._report.examine,
            metrics=self._proxy.metrics,
            remove=self._remove,
            stop=self._stop_soon,
        )

    async def _remove(self, app: App, volumes: bool) -> None:
        self._remotes.forget(app.name)
        await self._deliveries.forget(app.name)
        await remove_app(app, self._store, self._shop, volumes=volumes)

    def _follow_image(self, app: App, image: str) -> int:
        return self._deliveries.follow(app, image)

    def _deploy(self, app: App, ref: str, commit: str, by: str) -> int:
        return self._deliveries.deploy(app, ref, commit, by)

    def _go_back(self, app: str, to: int) -> None:
        self._deliveries.rollback(self._store.apps.get(app), to, "monitor")

    def _stop_soon(self, everything: bool) -> None:
        self._all = everything
        self._stopping.set()
