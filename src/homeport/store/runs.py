"""Runs: what was asked for, and how it ended."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import msgspec

from homeport.errors import NotFound
from homeport.events import RunQueued
from homeport.model.app import Run, RunState
from homeport.model.pull import PullRequest
from homeport.store.db import Database


class Runs:
    """The table of runs. Their state changes only by `Ledger.record`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(self, event: RunQueued, at: float) -> int:
        """Add a run of what was asked for; its number. Of a fork it waits for somebody's look."""
        waits = event.pull is not None and event.pull.fork
        return self._db.execute(
            'insert into runs (app, kind, ref, "commit", state, "by", queued_at, release, pull)'
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event.app,
                event.kind,
                event.ref,
                event.commit,
                str(RunState.WAITING if waits else RunState.QUEUED),
                event.by,
                at,
                event.release,
                msgspec.json.encode(event.pull).decode() if event.pull else "",
            ),
        )

    def get(self, number: int) -> Run:
        """One run.

        Raises:
            NotFound: there is none of that number.
        """
        row = self._db.row("select * from runs where number = ?", (number,))
        if row is None:
            raise NotFound(f"there is no run {number}", hint="homeport runs APP lists them")
        return _run(row)

    def of_app(self, app: str, limit: int = 50) -> list[Run]:
        """The latest runs of an app, newest first."""
        sql = "select * from runs where app = ? order by number desc limit ?"
        return [_run(row) for row in self._db.rows(sql, (app, limit))]

    def over(self, app: str) -> list[int]:
        """The numbers of those of an app that have ended, newest first."""
        going = "('waiting', 'queued', 'running')"
        sql = f"select number from runs where app = ? and state not in {going} order by number desc"
        return [int(row["number"]) for row in self._db.rows(sql, (app,))]

    def unfinished(self) -> list[Run]:
        """Those that are queued or running, oldest first."""
        sql = "select * from runs where state in ('queued', 'running') order by number"
        return [_run(row) for row in self._db.rows(sql)]

    def waiting(self, app: str) -> list[Run]:
        """Those of pull requests that nobody has looked at yet, oldest first."""
        sql = "select * from runs where app = ? and state = 'waiting' order by number"
        return [_run(row) for row in self._db.rows(sql, (app,))]

    def change(self, number: int, **values: Any) -> None:
        """Set columns of one run."""
        columns = ", ".join(f'"{column}" = ?' for column in values)
        sql = f"update runs set {columns} where number = ?"
        self._db.execute(sql, (*values.values(), number))

    def resumed(self, number: int) -> int:
        """Count one more attempt after the daemon died; how many that makes."""
        self._db.execute("update runs set resumed = resumed + 1 where number = ?", (number,))
        row = self._db.row("select resumed from runs where number = ?", (number,))
        return int(row["resumed"]) if row else 0


def _run(row: sqlite3.Row) -> Run:
    values = {key: row[key] for key in row.keys() if key != "resumed"}  # noqa: SIM118 - a Row yields values
    values["receipt"] = json.loads(row["receipt"])
    values["state"] = RunState(row["state"])
    given = row["pull"]
    values["pull"] = msgspec.json.decode(given, type=PullRequest) if given else None
    return Run(**values)
