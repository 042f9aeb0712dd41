"""Builds of images, and how often images were pulled."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping

import msgspec

from homeport.errors import NotFound
from homeport.model.image import BuildState, ImageBuild
from homeport.store.db import Database

_RECORD = (
    "tags", "platforms", "size", "reused", "dockerfile", "dockerfile_path", "args", "bases",
    "parts",
)  # fmt: skip
_COLUMNS = (
    "app", "repository", "run", "ref", "commit", "state", "reason", "by", "queued_at",
    "started_at", "finished_at", "digest",
)  # fmt: skip

_WORST_FIRST = (
    BuildState.FAILED,
    BuildState.BUILDING,
    BuildState.PENDING,
    BuildState.CANCELLED,
    BuildState.SUCCESS,
)


class Builds:
    """The tables of builds and of pulls."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, build: ImageBuild) -> ImageBuild:
        """Keep a build; returned with its id."""
        names = ", ".join(f'"{name}"' for name in _COLUMNS)
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        sql = f"insert into image_builds ({names}, record) values ({marks})"
        number = self._db.execute(sql, _values(build))
        return msgspec.structs.replace(build, id=number)

    def change(self, build: ImageBuild, key: str = "") -> None:
        """Keep what became of a build, and the key of what went in where it is known."""
        names = ", ".join(f'"{name}" = ?' for name in _COLUMNS)
        sql = f"update image_builds set {names}, record = ? where id = ?"
        self._db.execute(sql, (*_values(build), build.id))
        if key:
            self._db.execute("update image_builds set key = ? where id = ?", (key, build.id))

    def drop(self, build: ImageBuild) -> None:
        """Forget a build."""
        self._db.execute("delete from image_builds where id = ?", (build.id,))

    def get(self, number: int) -> ImageBuild:
        """One build.

        Raises:
            NotFound: there is none of that number.
        """
        row = self._db.row("select * from image_builds where id = ?", (number,))
        if row is None:
            raise NotFound(f"there is no build {number}", hint="homeport image list")
        return _build(row)

    def of(self, repository: str, *, limit: int = 200) -> list[ImageBuild]:
        """The builds of a repository, newest first."""
        sql = "select * from image_builds where repository = ? order by id desc limit ?"
        return [_build(row) for row in self._db.rows(sql, (repository, limit))]

    def count(self, repository: str) -> int:
        """How many builds of a repository there were."""
        row = self._db.row(
            "select count(*) as n from image_builds where repository = ?", (repository,)
        )
        return int(row["n"]) if row else 0

    def of_digest(self, repository: str, digest: str, tag: str = "") -> ImageBuild | None:
        """The newest build that was published as this digest, under this tag where one was."""
        row = self._db.row(
            "select * from image_builds where repository = ? and state = 'success' and"
            " (digest = ? or exists"
            " (select 1 from json_each(record, '$.parts') where value = ?))"
            " order by exists (select 1 from json_each(record, '$.tags') where value = ?) desc,"
            " id desc limit 1",
            (repository, digest, digest, tag),
        )
        return _build(row) if row else None

    def commits(self, repository: str, tags: Mapping[str, str]) -> dict[str, str]:
        """The commit that each tag was built from, of those that homeport built.

        Args:
            repository: their name without the tag.
            tags: tag -> digest.
        """
        sql = (
            """select "commit", digest, json_extract(record, '$.tags') as tags,"""
            " json_extract(record, '$.parts') as parts from image_builds"
            " where repository = ? and state = 'success' order by id"
        )
        found: dict[tuple[str, str], str] = {}
        for row in self._db.rows(sql, (repository,)):
            named = json.loads(row["tags"] or "[]")
            for digest in (row["digest"], *json.loads(row["parts"] or "[]")):
                found |= {(digest, tag): row["commit"] for tag in ("", *named)}
        each = {tag: found.get((at, tag)) or found.get((at, "")) for tag, at in tags.items()}
        return {tag: commit for tag, commit in each.items() if commit}

    def replaced(self) -> set[str]:
        """The digests that builds published, but for the newest of each repository."""
        sql = (
            "select digest from image_builds where state = 'success' and digest != '' and id not in"
            " (select max(id) from image_builds where state = 'success' group by repository)"
        )
        return {str(row["digest"]) for row in self._db.rows(sql)}

    def last(self, app: str, ref: str = "", *, state: str = "") -> ImageBuild | None:
        """The newest build of an app, of one of its branches and tags, or in a state."""
        row = self._db.row(
            "select * from image_builds where app = ? and (? = '' or ref = ?)"
            " and (? = '' or state = ?) order by id desc limit 1",
            (app, ref, ref, state, state),
        )
        return _build(row) if row else None

    def state(self, app: str, name: str, ref: str = "") -> BuildState | None:
        """How the newest push went that was built: the worst of its images says it.

        Args:
            app: whose.
            name: the app, for all of its images, or one of its repositories.
            ref: of that branch or git tag alone; "" is any.
        """
        mine = (
            "from image_builds where app = ? and (? = '' or ref = ?)"
            " and (repository in (?, ?) or instr(repository, ? || '/') = 1)"
        )
        known = (app, ref, ref, app, name, name)
        rows = self._db.rows(
            f"select state from image_builds where id in (select max(id) {mine} and run ="
            f" (select run {mine} order by id desc limit 1) group by repository)",
            (*known, *known),
        )
        found = {BuildState(row["state"]) for row in rows}
        return next((state for state in _WORST_FIRST if state in found), None)

    def of_key(self, repository: str, key: str) -> ImageBuild | None:
        """The newest build with the same input that was published."""
        row = self._db.row(
            "select * from image_builds where repository = ? and key = ? and key != ''"
            " and state = 'success' order by id desc limit 1",
            (repository, key),
        )
        return _build(row) if row else None

    def unfinished(self) -> list[ImageBuild]:
        """Those that were under way, oldest first."""
        sql = "select * from image_builds where state in ('pending', 'building') order by id"
        return [_build(row) for row in self._db.rows(sql)]

    # -- pulls

    def pulled(self, repository: str, tag: str) -> None:
        """Count a pull of a tag."""
        self._db.execute(
            "insert into pulls (repository, tag, count, last_at) values (?, ?, 1, ?)"
            " on conflict (repository, tag) do update"
            " set count = count + 1, last_at = excluded.last_at",
            (repository, tag, time.time()),
        )

    def pulls(self, repository: str) -> int:
        """How often images of a repository were pulled."""
        row = self._db.row("select sum(count) as n from pulls where repository = ?", (repository,))
        return int(row["n"] or 0) if row else 0


def _values(build: ImageBuild) -> tuple[object, ...]:
    record = {name: getattr(build, name) for name in _RECORD}
    values = (getattr(build, name) for name in _COLUMNS)
    return (*values, msgspec.json.encode(record).decode())


def _build(row: sqlite3.Row) -> ImageBuild:
    found = {name: row[name] for name in ("id", *_COLUMNS)}
    record = msgspec.json.decode(row["record"])
    return msgspec.convert({**found, **record, "state": BuildState(row["state"])}, ImageBuild)
