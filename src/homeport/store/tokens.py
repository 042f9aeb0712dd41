"""Tokens: passwords for git and the API. Only a digest is stored."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass

from homeport.errors import Conflict, NotFound
from homeport.model.app import Grants
from homeport.store.db import Database

# 32 random bytes: a plain digest is enough, since there is nothing to guess at.
_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as it is listed: never the token itself."""

    name: str
    created_at: float
    used_at: float
    revoked_at: float
    grants: Grants  # {}: it may do everything


class Tokens:
    """The table of tokens."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(self, name: str, grants: Grants | None = None) -> str:
        """Make a token; it is shown this once. With `grants` it is good for the registry alone.

        Raises:
            Conflict: a token of that name is in use.
        """
        if self._db.row("select 1 from tokens where name = ? and revoked_at = 0", (name,)):
            raise Conflict(
                f"there is a token named {name}", hint=f"homeport token revoke {name} ends it"
            )
        token = f"hp_{secrets.token_urlsafe(_BYTES)}"
        self._db.execute("delete from tokens where name = ?", (name,))
        self._db.execute(
            "insert into tokens (name, digest, created_at, grants) values (?, ?, ?, ?)",
            (name, _digest(token), time.time(), json.dumps(grants or {})),
        )
        return token

    def who(self, token: str) -> str | None:
        """The name of a token that is good for everything; None for every other."""
        found = self.find(token)
        return found[0] if found and not found[1] else None

    def find(self, token: str) -> tuple[str, Grants] | None:
        """The name of a token that is good, and what for; None for every other.

        It is looked up by its digest, so the time that takes tells nothing about the token.
        """
        row = self._db.row(
            "select name, used_at, grants from tokens where digest = ? and revoked_at = 0",
            (_digest(token),),
        )
        if row is None:
            return None
        if time.time() - row["used_at"] > 60:
            self._db.execute(
                "update tokens set used_at = ? where name = ?", (time.time(), row["name"])
            )
        return str(row["name"]), json.loads(row["grants"])

    def is_good(self, name: str) -> bool:
        """Whether the token of that name may still be used."""
        return bool(self._db.row("select 1 from tokens where name = ? and revoked_at = 0", (name,)))

    def list(self) -> list[Token]:
        """Every token, by name."""
        sql = "select name, created_at, used_at, revoked_at, grants from tokens order by name"
        rows = self._db.rows(sql)
        return [Token(**{**dict(row), "grants": json.loads(row["grants"])}) for row in rows]

    def revoke(self, name: str) -> None:
        """End a token.

        Raises:
            NotFound: there is none of that name.
        """
        if not self._db.row("select 1 from tokens where name = ? and revoked_at = 0", (name,)):
            raise NotFound(f"there is no token named {name}", hint="homeport token list")
        sql = "update tokens set revoked_at = ? where name = ?"
        self._db.execute(sql, (time.time(), name))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
