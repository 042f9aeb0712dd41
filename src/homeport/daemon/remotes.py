"""Remotes: who looks at them, and who tells their forges."""

from __future__ import annotations

import asyncio

from homeport.daemon.address import elsewhere_of
from homeport.daemon.supervise import started
from homeport.delivery.arrivals import Runs
from homeport.delivery.following import Follower, Parts
from homeport.delivery.workshop import Workshop
from homeport.errors import NotFound
from homeport.model.pull import PullRequest
from homeport.settings import Settings
from homeport.source.forge import forge_of
from homeport.source.remote import read_login, read_remote
from homeport.source.report import send
from homeport.source.statuses import REPORTED, Request, Status, request_of, status_of
from homeport.store.ledger import Store
from homeport.upkeep import remotes, statuses


class Remotes:
    """The watch of remotes, and the reports to their forges."""

    def __init__(self, settings: Settings, store: Store, shop: Workshop, runs: Runs) -> None:
        self._store = store
        self._pulls: set[asyncio.Task[int]] = set()
        self._base = elsewhere_of(settings)
        self._follower = Follower(
            Parts(
                app=store.apps.get,
                token=store.remotes.token,
                repository=shop.repository,
                runs=runs,
                builds=shop.registry is not None,
                record=store.record,
            )
        )
        self.watch = remotes.RemoteWatch(
            remotes.Parts(
                followed=self._followed,
                look=self._follower.look,
                record=store.record,
                every=settings.poll,
            )
        )
        self._reporter = statuses.StatusReporter(
            statuses.Parts(
                follow=store.journal.follow,
                begin=self._begin,
                reported=lambda event: store.cursors.move("statuses", event),
                status=self._status,
                request=self._request,
                send=send,
                record=store.record,
            )
        )

    def tasks(self) -> list[asyncio.Task[None]]:
        """The loops, each started again when it fails."""
        loops = {"remotes": self.watch.run, "statuses": self._reporter.run}
        return started(loops, self._store.record)

    def pull(self, app: str, ref: str, by: str, pull: PullRequest) -> asyncio.Task[int]:
        """Fetch a pull request and queue its run; it goes on whoever waits."""
        task = asyncio.create_task(self._follower.pull(app, ref, by, pull), name=f"pull {app}")
        self._pulls.add(task)
        task.add_done_callback(self._pulls.discard)
        return task

    def forget(self, app: str) -> None:
        """An app is removed."""
        self._follower.forget(app)

    def _followed(self) -> list[str]:
        return [app.name for app in self._store.apps.list() if app.remote]

    def _begin(self) -> int:
        """Where reporting goes on; what happened before there was any is told to nobody."""
        before = self._store.cursors.read("statuses")
        return self._store.journal.last(1) if before is None else before

    def _status(self, number: int) -> Status | None:
        """What to say of a run; None where its app's forge cannot be told."""
        try:
            run = self._store.runs.get(number)
            app = self._store.apps.get(run.app)
        except NotFound:
            return None
        if run.kind not in REPORTED or not (app.remote and self._store.remotes.token(app.name)):
            return None
        return status_of(run, f"{self._base}/runs/{run.number}" if self._base else "")

    def _request(self, name: str, status: Status) -> Request | None:
        app, token = self._store.apps.find(name), self._store.remotes.token(name)
        if app is None or not (app.remote and token):
            return None
        remote = read_remote(app.remote)
        forge = forge_of(remote, app.forge) if remote.is_elsewhere else None
        return request_of(forge, remote, read_login(token), status) if forge else None
