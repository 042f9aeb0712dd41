"""The composition root of the daemon: every part is made here, and handed what it needs."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from homeport import __version__
from homeport.build.judge import forget_scans
from homeport.daemon import certificates, notify, records
from homeport.daemon.address import elsewhere_of
from homeport.daemon.certificate_wishes import Around
from homeport.daemon.certificates import certificates_of
from homeport.daemon.core import core_of
from homeport.daemon.images import Images, Registrar
from homeport.daemon.lock import only_one
from homeport.daemon.parts import workshop_of
from homeport.daemon.registry import prepare_registry
from homeport.daemon.remotes import Remotes
from homeport.daemon.removal import remove_app
from homeport.daemon.report import Report, Reported
from homeport.daemon.server import Server, sockets_of
from homeport.daemon.ssh import SshKeeper
from homeport.daemon.stacks import Stacks
from homeport.daemon.supervise import Loop, cancelled, started
from homeport.daemon.system import container_name
from homeport.daemon.told import tell_all
from homeport.daemon.weights import WeightKeeper
from homeport.daemon.zones import ZoneFile
from homeport.delivery.apply import Where
from homeport.delivery.jobs import forget_jobs, forget_staged
from homeport.delivery.queue import Deliveries
from homeport.delivery.recover import resume, settle
from homeport.events import DaemonStarted, DaemonStopped
from homeport.model.app import App, Run
from homeport.settings import Settings
from homeport.source.receive import install_hooks
from homeport.upkeep.further import Further
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
        self._core = core = core_of(settings)
        self._settings, self._store = settings, core.store
        self._stacks = Stacks(settings, core.store, core.mover_with)
        self._weights = WeightKeeper(core.docker, core.watch, container_name(settings))
        self._further = Further(core.watch, core.docker, settings.instance, self._clear_left)
        self._registrar = Registrar(core)
        self._shop = workshop_of(core, self._registrar, self._go_back)
        self._images = Images(core, self._shop, self._follow_image, self._deploy)
        self._deliveries = Deliveries(self._shop, core.memory, self._images.publisher)
        self._remotes = Remotes(settings, core.store, self._shop, self._deliveries)
        self._ssh = SshKeeper(settings, core.store)
        self._notices = notify.Notices(settings, core.store)
        self._zones = ZoneFile(settings, core.store.record)
        self._records = records.records_of(core, self._zones)
        self._certificates = certificates_of(
            Around(core=core, records=self._records, zones=lambda: self._zones.now.zones)
        )
        self._report = self._report_of()
        self._stopping = asyncio.Event()
        self._all = False

    def _report_of(self) -> Report:
        return Report(
            Reported(
                core=self._core,
                registrar=self._registrar,
                governor=self._images.governor,
                records=self._records,
                zones=self._zones,
                certificates=self._certificates,
            )
        )

    async def run(self) -> int:
        """Start everything; return when it was told to stop."""
        self._store.record(DaemonStarted(version=__version__))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._zones.look)
        install_hooks(self._hooks, self._settings.socket)
        self._core.proxy.prepare()
        prepare_registry(self._settings)
        self._images.publisher.resume()
        left = resume(self._shop, self._core.memory, self._deliveries)
        server = Server(build_app(self._context()))
        tasks = self._begin(server, left)
        async with self._core.proxy.held.holding.open():
            await self._stopping.wait()
            await self._stop(server, tasks)
        return 0

    def _begin(self, server: Server, left: list[Run]) -> list[asyncio.Task[None]]:
        """Everything that goes on until the daemon stops; the server first."""
        told = self._store.journal.last(1)  # the start of this one
        return [
            asyncio.create_task(server.serve(sockets_of(self._settings))),
            *started(self._loops(left), self._store.record),
            *self._images.tasks(self._registrar.keeper),
            *self._remotes.tasks(),
            *self._notices.tasks(),
            *records.tasks(self._core, self._records, self._zones),
            *certificates.tasks(self._certificates, self._store),
            asyncio.create_task(tell_all(self._store, told)),
        ]

    def _loops(self, left: list[Run]) -> dict[str, Loop]:
        """What is started again when it fails."""
        core = self._core
        return {
            "engine": core.watch.run,
            "routes": core.follow.run,
            "requests": core.proxy.watched.run,
            "system": core.system.run,
            "weights": self._weights.run,
            "networks": self._further.run,
            "ssh": self._ssh.run,
            "recovery": lambda: self._settle(left),
        }

    async def _settle(self, left: list[Run]) -> None:
        """Finish what deployments left that were interrupted."""
        await self._core.system.ready.wait()
        await forget_scans(self._core.docker)
        await forget_jobs(self._shop)
        await forget_staged(self._shop)
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
            self._core.proxy.hang_up()
            await self._registrar.take_away()
            await self._core.system.take_away()
        self._core.docker.close()
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
            docker=self._core.docker,
            registry=self._registrar.registry,
            repositories=settings.state / "repositories",
            scratch=self._shop.scratch,
            hooks=self._hooks,
            max_push=settings.max_push,
            local_socket=str(settings.socket),
            git_url=settings.git_url,
            elsewhere=elsewhere_of(settings),
            ssh=self._ssh.told,
            records=self._records,
            notified=len(self._notices.addresses),
            certificates=self._certificates,
            status=self._report.status,
            examine=self._report.examine,
            metrics=self._core.proxy.metrics,
            remove=self._remove,
            stop=self._stop_soon,
        )

    async def _remove(self, app: App, volumes: bool) -> None:
        self._remotes.forget(app.name)
        await self._deliveries.forget(app.name)
        await remove_app(app, self._store, self._shop, volumes=volumes)

    async def _clear_left(self, project: str) -> None:
        await self._core.mover.clear_left(Where(project=project))

    def _follow_image(self, app: App, image: str) -> int:
        return self._deliveries.follow(app, image)

    def _deploy(self, app: App, ref: str, commit: str, by: str) -> int:
        return self._deliveries.deploy(app, ref, commit, by)

    def _go_back(self, app: str, to: int) -> None:
        self._deliveries.rollback(self._store.apps.get(app), to, "monitor")

    def _stop_soon(self, everything: bool) -> None:
        self._all = everything
        self._stopping.set()
