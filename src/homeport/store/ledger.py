"""`record(event)`: the only way in which a status changes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import msgspec

from homeport.events import (
    DeploymentFinished,
    DeploymentStarted,
    Event,
    JobFinished,
    JobStarted,
    ReleaseMade,
    RunApproved,
    RunFinished,
    RunQueued,
    RunStarted,
    WentLive,
)
from homeport.model.app import RunState
from homeport.store.apps import Apps
from homeport.store.builders import Builders
from homeport.store.builds import Builds
from homeport.store.cursors import Cursors
from homeport.store.db import Database
from homeport.store.jobs import Jobs
from homeport.store.journal import Journal
from homeport.store.keys import Keys
from homeport.store.logs import Logs
from homeport.store.releases import Releases
from homeport.store.remotes import Remotes
from homeport.store.runs import Runs
from homeport.store.secrets import Secrets
from homeport.store.tokens import Tokens
from homeport.tell import tell


class Store:
    """The daemon's memory. Opened once, by the daemon alone."""

    def __init__(self, state: Path) -> None:
        """Open or make what is in the state folder.

        Raises:
            Unavailable: it cannot be.
        """
        self.db = Database(state / "homeport.db")
        self.apps = Apps(self.db)
        self.runs = Runs(self.db)
        self.releases = Releases(self.db)
        self.tokens = Tokens(self.db)
        self.keys = Keys(self.db)
        self.builds = Builds(self.db)
        self.builders = Builders(self.db)
        self.secrets = Secrets(self.db, state / "secrets" / "box")
        self.remotes = Remotes(self.db)
        self.jobs = Jobs(self.db)
        self.journal = Journal(self.db)
        self.cursors = Cursors(self.db)
        self.logs = Logs(state / "logs")

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    def record(self, event: Event) -> None:
        """Write an event and the change of status that it means; its line goes to its run's log.

        Raises:
            Unavailable: the disk is full, or gone.
        """
        with self.db.transaction():
            self._apply(event)
            self.journal.append(event)
        line = tell(event) if event.run else ""
        if line:
            self.logs.append(event.run, line.encode() + b"\n", own=True)
        if isinstance(event, RunFinished):
            self.logs.make_room(self.runs.over(event.app))
        self.journal.announce()
        self.logs.announce()

    def queue(self, event: RunQueued) -> int:
        """Make a run of what was asked for; its number."""
        with self.db.transaction():
            number = self.runs.create(event, time.time())
            self.journal.append(msgspec.structs.replace(event, run=number))
        self.journal.announce()
        return number

    def output(self, run: int, line: str) -> None:
        """Write a line of a program's output to the log of a run."""
        self.logs.append(run, line.encode() + b"\n")

    def job_output(self, job: str, data: bytes) -> None:
        """Write what a job printed to its own log."""
        self.logs.append(job, data)

    def receipt(self, run: int, receipt: dict[str, Any]) -> None:
        """Keep the receipt of a run."""
        self.runs.change(run, receipt=json.dumps(receipt))

    def _apply(self, event: Event) -> None:
        now = time.time()
        match event:
            case RunStarted():
                self.runs.change(event.run, state="running", started_at=now)
            case RunApproved():
                self.runs.change(event.run, state=str(RunState.QUEUED))
            case RunFinished():
                self.runs.change(
                    event.run,
                    state=event.state,
                    reason=event.reason,
                    hint=event.hint,
                    finished_at=now,
                )
            case JobStarted():
                self.jobs.started(event)
            case JobFinished():
                self.jobs.finished(event)
            case ReleaseMade():
                self.runs.change(event.run, release=event.number)
            case DeploymentStarted():
                self.releases.began(event.app, event.run, event.release, event.direction, now)
            case DeploymentFinished():
                self.releases.ended(event.app, event.state, now)
            case WentLive():
                self.apps.set_current(event.app, event.release)
                self.releases.went_live(event.app, event.release, now)
            case _:
                pass
