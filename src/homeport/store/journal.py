"""The events table: append-only, and what everybody who watches waits on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec

from homeport.events import KINDS, Event, Recorded
from homeport.store.db import Database

_PAGE = 500


class Journal:
    """Appends events, and hands them out in order."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._changed = asyncio.Event()

    def append(self, event: Event) -> int:
        """Write an event; its id."""
        return self._db.execute(
            "insert into events (at, kind, app, run, body) values (?, ?, ?, ?, ?)",
            (
                time.time(),
                type(event).__name__,
                event.app,
                event.run,
                msgspec.json.encode(event).decode(),
            ),
        )

    def announce(self) -> None:
        """Wake those who watch; called once the transaction is done."""
        self._changed.set()
        self._changed = asyncio.Event()

    def since(self, after: int = 0, *, app: str = "", run: int = 0) -> list[Recorded]:
        """Events with an id above `after`, at most 500."""
        sql = (
            "select id, at, kind, body from events where id > ?"
            " and (? = '' or app = ?) and (? = 0 or run = ?) order by id limit ?"
        )
        rows = self._db.rows(sql, (after, app, app, run, run, _PAGE))
        return [
            Recorded(
                id=row["id"],
                at=row["at"],
                event=msgspec.json.decode(row["body"], type=KINDS[row["kind"]]),
            )
            for row in rows
            if row["kind"] in KINDS  # an older homeport's kinds stay in the file
        ]

    def of_run(self, run: int, *kinds: type[Event]) -> list[Event]:
        """The events of a run that are of these kinds, oldest first."""
        names = [kind.__name__ for kind in kinds]
        marks = ", ".join("?" * len(names))
        sql = f"select kind, body from events where run = ? and kind in ({marks}) order by id"
        rows = self._db.rows(sql, (run, *names))
        return [msgspec.json.decode(row["body"], type=KINDS[row["kind"]]) for row in rows]

    def last(self, count: int, *, app: str = "") -> int:
        """The id after which the newest `count` events stand."""
        row = self._db.row(
            "select min(id) as first from (select id from events where (? = '' or app = ?)"
            " order by id desc limit ?)",
            (app, app, count),
        )
        return int(row["first"] or 1) - 1 if row else 0

    async def follow(
        self, after: int = 0, *, app: str = "", run: int = 0
    ) -> AsyncIterator[Recorded]:
        """Events with an id above `after`, and those that come, without an end."""
        while True:
            changed = self._changed
            found = self.since(after, app=app, run=run)
            for recorded in found:
                after = recorded.id
                yield recorded
            if len(found) < _PAGE:
                await changed.wait()
