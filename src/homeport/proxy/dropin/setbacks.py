"""What did not work: told, and tried again after a while, for as long as it does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_AGAIN, _SLOWEST = 2.0, 8.0  # seconds until it is tried again, at first and at most
_REMIND = 60.0  # seconds until the same is told again
Tell = Callable[[str], None]


class Seldom:
    """Tells a line, and the very same again after a minute at the soonest."""

    def __init__(self, tell: Tell, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._told: dict[str, float] = {}

    def __call__(self, line: str) -> None:
        """Tell it, or not."""
        now = self._clock()
        self._told = {key: at for key, at in self._told.items() if now - at < _REMIND}
        if line not in self._told:
            self._tell(line)
            self._told[line] = now

    def forget(self) -> None:
        """Whatever is told next is news."""
        self._told.clear()


class Setbacks:
    """One try is due at a time, however often something does not work meanwhile."""

    def __init__(self, tell: Tell, again: Callable[[], None], pause: float = _AGAIN) -> None:
        """`again`: what is called after a `pause`, which grows for as long as it is no use."""
        self._tell, self._again = Seldom(tell), again
        self._first = self._pause = pause
        self._due: asyncio.TimerHandle | None = None

    def happens(self, message: str) -> None:
        """It did not work."""
        self._tell(message)
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(self._pause, self._try)
            self._pause = min(2 * self._pause, _SLOWEST)

    def over(self) -> None:
        """It works."""
        self._pause = self._first
        self._tell.forget()

    def _try(self) -> None:
        self._due = None
        self._again()
