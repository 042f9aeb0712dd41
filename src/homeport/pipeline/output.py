"""The output of a job on its way to its log: in pieces worth writing, without secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from homeport.pipeline.mask import Masker

_PIECE = 65536  # bytes
_SOON = 0.02  # seconds that a piece waits for more


class Output:
    """Takes what a program prints, gives it on masked, at most fifty times a second.

    A program that prints line by line would else cost a write to the disk for each.
    """

    def __init__(self, write: Callable[[bytes], None], secrets: Iterable[str] = ()) -> None:
        self._write, self._masker = write, Masker(secrets)
        self._parts: list[bytes] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None

    def take(self, data: bytes) -> None:
        """Output, as it comes."""
        self._parts.append(data)
        self._size += len(data)
        if self._size >= _PIECE:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SOON, self._flush)

    def end(self) -> None:
        """What is left, once nothing more comes."""
        self._flush()
        self._give(self._masker.end())

    def _flush(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer, parts = None, self._parts
        self._parts, self._size = [], 0
        self._give(self._masker.feed(b"".join(parts)))

    def _give(self, clean: bytes) -> None:
        if clean:
            self._write(clean)
