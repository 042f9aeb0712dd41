"""The jobs of runs: what each was, what it ran in, and what became of it."""

from __future__ import annotations

import sqlite3
import time

from homeport.errors import NotFound
from homeport.events import JobFinished, JobStarted
from homeport.model.app import JobRecord
from homeport.store.db import Database

_FIELDS = (
    "run", "number", "name", "why", "state", "reason", "image", "proof", "seconds", "started_at",
)  # fmt: skip


class Jobs:
    """The table of jobs. They change only by `Ledger.record`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def started(self, event: JobStarted) -> None:
        """A job runs; one of a run that goes on after a restart starts anew."""
        self._db.execute(
            "insert or replace into jobs (run, number, app, name, why, state, started_at)"
            " values (?, ?, ?, ?, ?, 'running', ?)",
            (event.run, event.job, event.app, event.name, event.why, time.time()),
        )

    def finished(self, event: JobFinished) -> None:
        """A job ended, or will never start."""
        self._db.execute(
            "insert or ignore into jobs (run, number, app) values (?, ?, ?)",
            (event.run, event.job, event.app),
        )
        self._db.execute(
            "update jobs set state = ?, reason = ?, seconds = ?, image = ?, key = ?, proof = ?"
            " where run = ? and number = ?",
            (
                event.state,
                event.reason,
                event.seconds,
                event.image,
                event.key,
                event.proof,
                event.run,
                event.job,
            ),
        )

    def of_run(self, run: int) -> list[JobRecord]:
        """The jobs of a run, in their order."""
        sql = "select * from jobs where run = ? order by length(number), number"
        return [_job(row) for row in self._db.rows(sql, (run,))]

    def get(self, run: int, number: str) -> JobRecord:
        """One job, by `12.1` or `1`.

        Raises:
            NotFound: the run has no such job.
        """
        for job in self.of_run(run):
            if number in (job.number, job.number.rpartition(".")[2]):
                return job
        raise NotFound(
            f"run {run} has no job {number[:20]}", hint=f"homeport run show {run} lists them"
        )

    def passed_before(self, app: str, key: str) -> str:
        """The newest job of an app with this input that passed; "" where none did."""
        row = self._db.row(
            "select number from jobs where app = ? and key = ? and key != '' and state = 'passed'"
            " order by run desc limit 1",
            (app, key),
        )
        return str(row["number"]) if row else ""

    def forget(self, app: str) -> None:
        """Forget the jobs of an app."""
        self._db.execute("delete from jobs where app = ?", (app,))


def _job(row: sqlite3.Row) -> JobRecord:
    return JobRecord(**{name: row[name] for name in _FIELDS})
