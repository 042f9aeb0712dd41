"""Machines that build for what this one can only emulate."""

from __future__ import annotations

from homeport.errors import Conflict, NotFound
from homeport.model.image import Builder
from homeport.store.db import Database


class Builders:
    """The table of builders."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, builder: Builder) -> None:
        """Keep a builder.

        Raises:
            Conflict: there is one of that name.
        """
        self.check_free(builder.name)
        sql = "insert into builders (name, host, platform) values (?, ?, ?)"
        self._db.execute(sql, (builder.name, builder.host, builder.platform))

    def check_free(self, name: str) -> None:
        """See that no builder has a name.

        Raises:
            Conflict: one has.
        """
        if any(known.name == name for known in self.list()):
            hint = f"homeport builder rm {name}"
            raise Conflict(f"there is a builder {name} already", hint=hint)

    def list(self) -> list[Builder]:
        """Every builder, by name."""
        rows = self._db.rows("select name, host, platform from builders order by name")
        return [Builder(**dict(row)) for row in rows]

    def remove(self, name: str) -> None:
        """Forget a builder.

        Raises:
            NotFound: there is none of that name.
        """
        if not any(known.name == name for known in self.list()):
            raise NotFound(f"there is no builder {name}", hint="homeport builder list")
        self._db.execute("delete from builders where name = ?", (name,))
