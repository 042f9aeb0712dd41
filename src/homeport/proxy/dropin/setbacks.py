"""What did not work: told, and tried again after a while, for as long as it does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_AGAIN, _SLOWEST = 2.0, 8.0  # seconds until it is tried again, at first and at most
_REMIND = 60.0  # seconds until the same is told again


class Setbacks:
    """One try is due at a time, however often something does not work meanwhile."""

    def __init__(
        self, tell: Callable[[str], None], again: Callable[[], None], pause: float = _AGAIN
    ) -> None:
        """`again`: what is called after a `pause`, which grows for as long as it is no use."""
        self._tell, self._again = tell, again
        self._first = self._pause = pause
        self._message, self._told = "", 0.0
        self._due: asyncio.TimerHandle | None = None

    def happens(self, message: str, now: float | None = None) -> None:
        """It did not work. The same is not told each time."""
        now = time.monotonic() if now is None else now
        if message != self._message or now - self._told >= _REMIND:
            self._tell(message)
            self._message, self._told = message, now
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(self._pause, self._try)
            self._pause = min(2 * self._pause, _SLOWEST)

    def over(self) -> None:
        """It works."""
        self._message, self._pause = "", self._first

    def _try(self) -> None:
        self._due = None
        self._again()
