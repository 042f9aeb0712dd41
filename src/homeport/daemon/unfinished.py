"""Which stacks are being moved: a daemon that ended in the middle of it goes on when it starts."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec

from homeport.delivery.standalone import Wanted

# A movement that has ended the daemon twice is not tried a third time.
_TRIES = 2


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A stack on its way to what is wanted, or away."""

    project: str
    wanted: Wanted | None = None  # None: it is taken down
    volumes: bool = False  # with its volumes
    begun: int = 0  # how often


class Unfinished:
    """A file for each movement that is under way. It may hold secrets of the compose file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: set[str] = set()

    @contextlib.contextmanager
    def during(self, movement: Movement) -> Iterator[None]:
        """Remember it until it came to its end, whichever; also where the daemon is told to end.

        Nothing is remembered of a second movement of the project: it is refused anyway.
        """
        if movement.project in self._mine:
            yield
            return
        self._mine.add(movement.project)
        self._write(msgspec.structs.replace(movement, begun=movement.begun + 1))
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException:
            self._forget(movement.project)
            raise
        self._forget(movement.project)

    def left(self) -> Iterator[Movement]:
        """Those that a daemon left, and that are to be tried again; the others are forgotten."""
        for path in sorted(self._folder.glob("*.json")):
            movement = _read(path)
            if movement and movement.begun < _TRIES:
                yield movement
            else:
                path.unlink()

    def _write(self, movement: Movement) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(movement.project)
        beside = path.with_suffix(".new")
        beside.touch(mode=0o600)
        with beside.open("wb") as file:
            file.write(msgspec.json.encode(movement))
            file.flush()
            os.fsync(file.fileno())  # a power cut may follow
        beside.replace(path)

    def _forget(self, project: str) -> None:
        self._mine.discard(project)
        self._path(project).unlink(missing_ok=True)

    def _path(self, project: str) -> Path:
        return self._folder / f"{quote(project, safe='')}.json"


def _read(path: Path) -> Movement | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Movement)
    except msgspec.DecodeError:
        return None
