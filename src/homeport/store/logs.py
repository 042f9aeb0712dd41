"""The output of runs and of their jobs: an append-only file for each, read by byte offset."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

from homeport.errors import Unavailable

_CHUNK = 65536
# A build that prints for ever must not fill the disk.
LARGEST = 64 * 1024 * 1024
# What homeport says itself is kept beyond that: how it ended, and why.
ROOM = 1024 * 1024
# Bytes that the logs of an app may take together: one that builds for years must not, either.
MOST = 256 * 1024 * 1024
_CUT = b"\n... the rest of the output is not kept\n"
_GONE = b"... the log of this run is no longer kept: newer ones of its app take the room\n"


class Logs:
    """The folder of logs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed = asyncio.Event()

    def path(self, name: int | str) -> Path:
        """Where the log of a run (12) or of a job (12.1) stands."""
        return self._folder / f"{name}.log"

    def append(self, name: int | str, data: bytes, *, own: bool = False) -> None:
        """Write at the end; what goes beyond the largest size is cut, and says so.

        `own`: it is what homeport says itself, and not the output of a program.
        """
        path = self.path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            size = path.stat().st_size if path.exists() else 0
            left = LARGEST + (ROOM if own else 0) - size
            if left < 0:
                return
            with path.open("ab") as file:
                file.write(data if len(data) <= left else data[:left] + _CUT)
        except OSError as error:
            raise Unavailable(
                f"the log {path} cannot be written: {error.strerror}", hint="df -h shows the disks"
            ) from error
        self.announce()

    def announce(self) -> None:
        """Wake those who follow."""
        self._changed.set()
        self._changed = asyncio.Event()

    def forget(self, run: int) -> None:
        """Take the log of a run away, and those of its jobs."""
        for path in (self.path(run), *self._folder.glob(f"{run}.*.log")):
            path.unlink(missing_ok=True)

    def make_room(self, runs: Iterable[int]) -> None:
        """Take the oldest logs of an app away where all together are too large.

        Args:
            runs: those that are over, newest first; the log of the first stays.
        """
        sizes, left = self._sizes(), MOST
        for place, run in enumerate(runs):
            left -= sizes.get(run, 0)
            if place and left < 0 and sizes.get(run, 0) > len(_GONE):
                self.forget(run)
                self.append(run, _GONE)

    def _sizes(self) -> Counter[int]:
        """Run -> the bytes of its log and of those of its jobs."""
        found: Counter[int] = Counter()
        for path in self._folder.glob("*.log"):
            with contextlib.suppress(FileNotFoundError, ValueError):
                found[int(path.name.partition(".")[0])] += path.stat().st_size
        return found

    def search(self, runs: Iterable[int], text: str, most: int) -> list[dict[str, int | str]]:
        """The lines that have `text`, whatever its case: run, number of the line, and the line."""
        wanted = text.lower()
        found: list[dict[str, int | str]] = []
        for run in runs:
            for number, raw in enumerate(self.lines(run), start=1):
                line = raw.decode(errors="replace").rstrip("\r\n")
                if wanted in line.lower():
                    found.append({"run": run, "line": number, "text": line})
                if len(found) == most:
                    return found
        return found

    def lines(self, name: int | str) -> Iterator[bytes]:
        """The lines of a log that is whole, with their ends."""
        path = self.path(name)
        if path.exists():
            with path.open("rb") as file:
                yield from file

    def read(self, name: int | str, offset: int = 0, size: int = _CHUNK) -> bytes:
        """At most `size` bytes from `offset` on; b"" at the end."""
        path = self.path(name)
        if not path.exists():
            return b""
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def end(self, name: int | str, size: int) -> bytes:
        """The last `size` bytes, or all."""
        path = self.path(name)
        length = path.stat().st_size if path.exists() else 0
        return self.read(name, max(0, length - size), size)

    async def follow(
        self, name: int | str, offset: int, ended: Callable[[], bool]
    ) -> AsyncIterator[bytes]:
        """Bytes from `offset` on, until `ended()` and all was read."""
        while True:
            changed, over = self._changed, ended()
            data = self.read(name, offset)
            if data:
                offset += len(data)
                yield data
            elif over:
                return
            else:
                await changed.wait()
