"""Secrets of apps, encrypted with a key of this box: shown never, handed to jobs.

The key is a file beside the database, so that a copy of the database alone tells nothing.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.errors import NotFound, Unavailable
from homeport.store.db import Database

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


# No variable can have these names: a job is never given them.
_KEY = ".key"
_LOGIN = ".registry:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret as it is listed: never its value."""

    name: str
    changed_at: float


class Secrets:
    """The table of secrets."""

    def __init__(self, db: Database, key: Path) -> None:
        self._db, self._key = db, key

    def set(self, app: str, name: str, value: str) -> None:
        """Keep a secret, in the place of one of that name."""
        sealed = self._box().encrypt(f"{app}\0{name}\0{value}".encode())
        self._db.execute(
            "insert into secrets (app, name, sealed, changed_at) values (?, ?, ?, ?) "
            "on conflict (app, name) do update set sealed = excluded.sealed, "
            "changed_at = excluded.changed_at",
            (app, name, sealed, time.time()),
        )

    def list(self, app: str) -> list[Secret]:
        """The names of an app's secrets."""
        rows = self._db.rows(
            "select name, changed_at from secrets where app = ? and name not like '.%'"
            " order by name",
            (app,),
        )
        return [Secret(**dict(row)) for row in rows]

    def values(self, app: str) -> dict[str, str]:
        """Every secret of an app, opened.

        Raises:
            Unavailable: the key is not the one that they were sealed with.
        """
        rows = self._db.rows(
            "select name, sealed from secrets where app = ? and name not like '.%' order by name",
            (app,),
        )
        return {row["name"]: self._open(app, row["name"], row["sealed"]) for row in rows}

    def key(self, app: str) -> str:
        """The private key that opens what is encrypted for an app (PEM); "" where it has none.

        Raises:
            Unavailable: the key of the box is not the one that it was sealed with.
        """
        row = self._db.row("select sealed from secrets where app = ? and name = ?", (app, _KEY))
        return self._open(app, _KEY, row["sealed"]) if row else ""

    def set_key(self, app: str, key: str) -> None:
        """Keep it; what was encrypted for one before cannot be opened any more."""
        self.set(app, _KEY, key)

    def set_login(self, app: str, registry: str, user: str, password: str) -> None:
        """Keep who an app is for another registry."""
        self.set(app, f"{_LOGIN}{registry}", json.dumps([user, password]))

    def login(self, app: str, registry: str) -> tuple[str, str] | None:
        """User and password of an app for another registry; None where it has none.

        Raises:
            Unavailable: the key of the box is not the one that they were sealed with.
        """
        name = f"{_LOGIN}{registry}"
        row = self._db.row("select sealed from secrets where app = ? and name = ?", (app, name))
        if row is None:
            return None
        user, password = json.loads(self._open(app, name, row["sealed"]))
        return user, password

    def logins(self, app: str) -> tuple[str, ...]:
        """The registries that an app has a login for."""
        rows = self._db.rows(
            "select name from secrets where app = ? and name like ? order by name",
            (app, f"{_LOGIN}%"),
        )
        return tuple(str(row["name"]).removeprefix(_LOGIN) for row in rows)

    def forget_login(self, app: str, registry: str) -> None:
        """Forget it.

        Raises:
            NotFound: there is none.
        """
        if registry not in (known := self.logins(app)):
            hint = f"it has those of {', '.join(known)}" if known else ""
            raise NotFound(f"app {app} has no login for {registry[:80]}", hint=hint)
        name = f"{_LOGIN}{registry}"
        self._db.execute("delete from secrets where app = ? and name = ?", (app, name))

    def remove(self, app: str, name: str) -> None:
        """Forget a secret.

        Raises:
            NotFound: there is none of that name.
        """
        if name not in {known.name for known in self.list(app)}:
            raise NotFound(
                f"app {app} has no secret {name[:60]}", hint=f"homeport secret list {app}"
            )
        self._db.execute("delete from secrets where app = ? and name = ?", (app, name))

    def forget(self, app: str) -> None:
        """Forget every secret of an app."""
        self._db.execute("delete from secrets where app = ?", (app,))

    def _open(self, app: str, name: str, sealed: bytes) -> str:
        from cryptography.fernet import InvalidToken

        try:
            found = self._box().decrypt(sealed).decode()
        except InvalidToken as error:
            raise Unavailable(
                f"secret {name} of app {app} cannot be opened: it was sealed with another key",
                hint=f"bring {self._key} back, or set it again",
            ) from error
        # What was sealed for another app, or under another name, is not this one.
        whose, _, rest = found.partition("\0")
        called, _, value = rest.partition("\0")
        if (whose, called) != (app, name):
            raise Unavailable(f"secret {name} of app {app} was sealed for another")
        return value

    def _box(self) -> Fernet:
        from cryptography.fernet import Fernet  # 20 MB: only where there are secrets

        if not self._key.exists():
            self._key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(Fernet.generate_key())
        return Fernet(self._key.read_bytes())
