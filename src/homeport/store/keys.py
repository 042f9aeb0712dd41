"""Public keys that may push and fetch over SSH."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from dataclasses import dataclass

from homeport.errors import Conflict, NotFound
from homeport.store.db import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is listed."""

    name: str
    key: str  # `ssh-ed25519 AAAA...`
    comment: str
    fingerprint: str
    apps: tuple[str, ...]  # (): every app
    created_at: float
    used_at: float = 0.0


class Keys:
    """The table of keys."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.changed = asyncio.Event()  # set at each change; who waits for one clears it

    def add(self, key: Key) -> None:
        """Keep a key.

        Raises:
            Conflict: there is one of that name, or it is there under another.
        """
        for known in self.list():
            if known.name == key.name:
                hint = f"homeport key rm {key.name} takes it away"
                raise Conflict(f"there is a key named {key.name}", hint=hint)
            if known.fingerprint == key.fingerprint:
                raise Conflict(f"this key is there already, as {known.name}")
        self._db.execute(
            "insert into ssh_keys (name, key, comment, fingerprint, apps, created_at)"
            " values (?, ?, ?, ?, ?, ?)",
            (
                key.name,
                key.key,
                key.comment,
                key.fingerprint,
                json.dumps(key.apps),
                key.created_at,
            ),
        )
        self.changed.set()

    def list(self) -> list[Key]:
        """Every key, by name."""
        return [_key(row) for row in self._db.rows("select * from ssh_keys order by name")]

    def remove(self, name: str) -> None:
        """Forget a key.

        Raises:
            NotFound: there is none of that name.
        """
        if not self._db.row("select 1 from ssh_keys where name = ?", (name,)):
            raise NotFound(f"there is no key named {name[:64]}", hint="homeport key list")
        self._db.execute("delete from ssh_keys where name = ?", (name,))
        self.changed.set()

    def who(self, fingerprint: str) -> str | None:
        """The name of a key; None for one that is not known."""
        row = self._db.row("select name from ssh_keys where fingerprint = ?", (fingerprint,))
        return str(row["name"]) if row else None

    def may(self, name: str, app: str) -> bool:
        """Whether the key of that name is good for an app, now; it counts as used."""
        row = self._db.row("select apps from ssh_keys where name = ?", (name,))
        if row is None:
            return False
        self._db.execute("update ssh_keys set used_at = ? where name = ?", (time.time(), name))
        apps = json.loads(row["apps"])
        return not apps or app in apps


def _key(row: sqlite3.Row) -> Key:
    return Key(**{**dict(row), "apps": tuple(json.loads(row["apps"]))})
