"""nginx's logs in files: read as they grow, and put aside before they are large."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import HomeportError

_CHUNK = 1 << 20
_FLUSH = 1.5  # seconds after which nginx has written what it kept, and lets an old file go


class Logged:
    """One log: a file in the folder that nginx sees, and the one before it."""

    def __init__(self, path: Path, *, most: int) -> None:
        """`most`: bytes after which it is put aside."""
        self._path, self._most = path, most
        self._aside = path.with_name(f"{path.name}.1")
        self._offset, self._rest = 0, b""

    def prepare(self) -> None:
        """An empty file that nginx may write to, where there is none; what is there was read."""
        self._path.touch()
        with contextlib.suppress(OSError):  # nginx made it, as another user
            self._path.chmod(0o666)
        self._offset, self._rest = self._path.stat().st_size, b""

    def lines(self) -> Iterator[list[bytes]]:
        """What came since it was asked last, whole lines, a megabyte at a time."""
        yield from self._read(self._path)

    async def put_aside(self, docker: Docker, nginx: str) -> bool:
        """Begin a new file where this one is large; whether it was."""
        if not self._path.exists() or self._path.stat().st_size < self._most:
            return False
        self._path.replace(self._aside)
        self._path.touch()
        self._path.chmod(0o666)
        with contextlib.suppress(HomeportError):  # one that starts anew opens it by itself
            await docker.kill(nginx, "USR1")
        await asyncio.sleep(_FLUSH)
        return True

    def last_lines(self) -> Iterator[list[bytes]]:
        """The rest of the file that was put aside, which goes."""
        yield from self._read(self._aside)
        self._offset, self._rest = 0, b""
        self._aside.unlink(missing_ok=True)

    def _read(self, path: Path) -> Iterator[list[bytes]]:
        with contextlib.suppress(OSError), path.open("rb") as file:
            file.seek(self._offset)
            while chunk := file.read(_CHUNK):
                self._offset += len(chunk)
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                yield lines
