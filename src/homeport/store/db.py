"""One SQLite file in WAL mode, used by one process from one thread."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from homeport.errors import Unavailable
from homeport.store.schema import MIGRATIONS


class Database:
    """An open database. A statement takes some 50 us, so the event loop may wait for it."""

    def __init__(self, path: Path) -> None:
        """Open `path`, and make or migrate its schema.

        Raises:
            Unavailable: it cannot be opened, or was written by a newer homeport.
        """
        self.path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        except sqlite3.Error as error:
            raise Unavailable(f"the database {path} does not open: {error}") from error
        self._connection.row_factory = sqlite3.Row
        with _explained(path):
            # NORMAL loses nothing when the process dies; in a power cut, the last moments.
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = normal")
            self._connection.execute("pragma cache_size = -512")
            self._migrate()

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Every row that a query gives."""
        with _explained(self.path):
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row that a query gives."""
        with _explained(self.path):
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change something; the id of the last row inserted."""
        with _explained(self.path):
            return int(self._connection.execute(sql, values).lastrowid or 0)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or nothing."""
        self.execute("begin immediate")
        try:
            yield
            self.execute("commit")
        except BaseException:
            # A full disk may have rolled it back already.
            with contextlib.suppress(Unavailable):
                self.execute("rollback")
            raise

    def _migrate(self) -> None:
        (done,) = self._connection.execute("pragma user_version").fetchone()
        if done > len(MIGRATIONS):
            raise Unavailable(
                f"{self.path} was written by a newer homeport", hint="install that one again"
            )
        for number, script in enumerate(MIGRATIONS[done:], start=done + 1):
            self._connection.executescript(
                f"begin; {script}; pragma user_version = {number}; commit;"
            )


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        full = "full" in str(error)
        raise Unavailable(
            f"homeport's database {path} cannot be written: {error}",
            hint="make room: df -h; docker system df" if full else "",
        ) from error
