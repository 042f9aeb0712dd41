"""Apps: what may be pushed to."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence

from homeport.errors import Conflict, NotFound
from homeport.model.app import App
from homeport.store.db import Database


class Apps:
    """The table of apps."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(self, name: str) -> None:
        """Add an app.

        Raises:
            Conflict: there is one of that name.
        """
        if self.find(name):
            raise Conflict(f"app {name} exists already", hint=f"homeport app show {name}")
        self._db.execute("insert into apps (name, created_at) values (?, ?)", (name, time.time()))

    def find(self, name: str) -> App | None:
        """The app of that name."""
        row = self._db.row("select * from apps where name = ?", (name,))
        return _app(row) if row else None

    def get(self, name: str) -> App:
        """The app of that name.

        Raises:
            NotFound: there is none.
        """
        found = self.find(name)
        if found is None:
            names = ", ".join(app.name for app in self.list()) or "none yet"
            raise NotFound(f"there is no app {name}", hint=f"apps: {names}")
        return found

    def list(self) -> list[App]:
        """Every app, by name."""
        return [_app(row) for row in self._db.rows("select * from apps order by name")]

    def set_branch(self, name: str, branch: str) -> None:
        """Name the branch that goes live; "" is main or master."""
        self._db.execute("update apps set branch = ? where name = ?", (branch, name))

    def set_host(self, name: str, host: str) -> None:
        """Name the host of an app without a compose file; "" is NAME.DOMAIN."""
        self._db.execute("update apps set host = ? where name = ?", (host, name))

    def set_public(self, name: str, public: bool) -> None:
        """Say whether everybody may pull its images."""
        self._db.execute("update apps set public = ? where name = ?", (int(public), name))

    def set_protected(self, name: str, patterns: Sequence[str]) -> None:
        """Say which tags are never moved."""
        values = (json.dumps(list(patterns)), name)
        self._db.execute("update apps set protected = ? where name = ?", values)

    def set_builds(self, name: str, rules: str) -> None:
        """Say what is built of which branches and tags, where no file says it."""
        self._db.execute("update apps set builds = ? where name = ?", (rules, name))

    def set_remote(self, name: str, remote: str) -> None:
        """Name the repository elsewhere that is followed; "" is none."""
        self._db.execute("update apps set remote = ? where name = ?", (remote, name))

    def set_forge(self, name: str, forge: str) -> None:
        """Name the forge of the remote, where its host does not tell; "" is to be guessed."""
        self._db.execute("update apps set forge = ? where name = ?", (forge, name))

    def set_scale(self, name: str, scale: dict[str, int]) -> None:
        """Say how many replicas each service is to have, where it differs from its file."""
        self._db.execute("update apps set scale = ? where name = ?", (json.dumps(scale), name))

    def set_current(self, name: str, release: int) -> None:
        """Say which release is wanted live."""
        self._db.execute("update apps set current_release = ? where name = ?", (release, name))

    def remove(self, name: str) -> None:
        """Forget an app, its runs and its releases; its events stay."""
        for table in (
            "runs",
            "releases",
            "deployments",
            "image_builds",
            "remotes",
            "hook_deliveries",
        ):
            self._db.execute(f"delete from {table} where app = ?", (name,))
        self._db.execute("delete from apps where name = ?", (name,))


def _app(row: sqlite3.Row) -> App:
    return App(
        **{
            **dict(row),
            "scale": json.loads(row["scale"]),
            "public": bool(row["public"]),
            "protected": tuple(json.loads(row["protected"])),
        }
    )
