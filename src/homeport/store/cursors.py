"""How far those who follow the events have come, so that they go on there after a restart."""

from __future__ import annotations

from homeport.store.db import Database


class Cursors:
    """The table of cursors."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def read(self, name: str) -> int | None:
        """The event up to which all is done; None where nothing ever was."""
        row = self._db.row("select id from cursors where name = ?", (name,))
        return int(row["id"]) if row else None

    def move(self, name: str, event: int) -> None:
        """Go on after this event."""
        sql = "insert or replace into cursors (name, id) values (?, ?)"
        self._db.execute(sql, (name, event))
