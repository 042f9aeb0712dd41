"""Releases and deployments: what was made, and which attempts were made to bring it live."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from homeport.errors import NotFound
from homeport.model.app import Release
from homeport.store.db import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A deployment that was under way when the daemon ended."""

    app: str
    run: int
    release: int
    direction: str  # forward or back


class Releases:
    """The tables of releases and of deployments."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, release: Release) -> None:
        """Add a release; it never changes."""
        self._db.execute(
            'insert into releases (app, number, "commit", images, config, run, created_at, message)'
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                release.app,
                release.number,
                release.commit,
                json.dumps(release.images),
                release.config,
                release.run,
                release.created_at,
                release.message,
            ),
        )

    def next_number(self, app: str) -> int:
        """The number that the next release of `app` gets: one that no run has named, either.

        The newest may have been forgotten, where it failed and the disk was short.
        """
        sql = (
            "select max(number) as last from (select number from releases where app = ?"
            ' union all select "release" from runs where app = ?)'
        )
        row = self._db.row(sql, (app, app))
        return int(row["last"] or 0) + 1 if row else 1

    def get(self, app: str, number: int) -> Release:
        """One release.

        Raises:
            NotFound: there is none of that number, or it is kept no longer.
        """
        sql = "select * from releases where app = ? and number = ?"
        row = self._db.row(sql, (app, number))
        if row is None:
            raise NotFound(
                f"app {app} has no release {number}", hint=f"homeport releases {app} lists them"
            )
        return _release(row)

    def of_app(self, app: str) -> list[Release]:
        """The releases of an app, newest first."""
        sql = "select * from releases where app = ? order by number desc"
        return [_release(row) for row in self._db.rows(sql, (app,))]

    def remove(self, app: str, number: int) -> None:
        """Forget a release."""
        self._db.execute("delete from releases where app = ? and number = ?", (app, number))

    def live_before(self, app: str, number: int) -> int:
        """The release that was live last before `number` was tried; 0 for none."""
        row = self._db.row(
            'select "release" from deployments where app = ? and live_at > 0'
            ' and "release" != ? order by live_at desc limit 1',
            (app, number),
        )
        return int(row["release"]) if row else 0

    def began(self, app: str, run: int, release: int, direction: str, at: float) -> None:
        """Note that an attempt to make `release` live began."""
        self._db.execute(
            'insert into deployments (app, run, "release", direction, state, started_at)'
            " values (?, ?, ?, ?, 'running', ?)",
            (app, run, release, direction, at),
        )

    def went_live(self, app: str, release: int, at: float) -> None:
        """Note that the attempt under way made `release` live; what it replaced drains yet."""
        self._db.execute(
            "update deployments set live_at = ? where app = ? and state = 'running'"
            ' and "release" = ?',
            (at, app, release),
        )

    def ended(self, app: str, state: str, at: float) -> None:
        """Note how the attempt under way ended: live, failed or back."""
        self._db.execute(
            "update deployments set state = ?, finished_at = ? where app = ? and state = 'running'",
            (state, at, app),
        )

    def unfinished(self) -> list[Unfinished]:
        """The attempts under way."""
        sql = "select app, run, \"release\", direction from deployments where state = 'running'"
        return [Unfinished(**dict(row)) for row in self._db.rows(sql)]


def _release(row: sqlite3.Row) -> Release:
    return Release(**{**dict(row), "images": json.loads(row["images"])})
