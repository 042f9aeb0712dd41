"""A run's output: an append-only file for each, read by byte offset."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from homeport.errors import Unavailable

_CHUNK = 65536
# A build that prints for ever must not fill the disk.
LARGEST = 32 * 1024 * 1024


class Logs:
    """The folder of logs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._changed = asyncio.Event()

    def path(self, run: int) -> Path:
        """Where the log of a run stands."""
        return self._folder / f"{run}.log"

    def append(self, run: int, data: bytes) -> None:
        """Write at the end; what goes beyond the largest size is cut, and says so."""
        path = self.path(run)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            size = path.stat().st_size if path.exists() else 0
            if size > LARGEST:
                return
            if size + len(data) > LARGEST:
                data = b"... the rest of the output is not kept\n"
            with path.open("ab") as file:
                file.write(data)
        except OSError as error:
            raise Unavailable(
                f"the log {path} cannot be written: {error.strerror}", hint="df -h shows the disks"
            ) from error
        self.announce()

    def announce(self) -> None:
        """Wake those who follow."""
        self._changed.set()
        self._changed = asyncio.Event()

    def read(self, run: int, offset: int = 0, size: int = _CHUNK) -> bytes:
        """At most `size` bytes from `offset` on; b"" at the end."""
        path = self.path(run)
        if not path.exists():
            return b""
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    async def follow(
        self, run: int, offset: int, ended: Callable[[], bool]
    ) -> AsyncIterator[bytes]:
        """Bytes from `offset` on, until `ended()` and all was read."""
        while True:
            changed, over = self._changed, ended()
            data = self.read(run, offset)
            if data:
                offset += len(data)
                yield data
            elif over:
                return
            else:
                await changed.wait()
