"""Whether names lead to this box, looked up again and again until they do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from homeport.certs.model import Wanted

_FIRST, _LONGEST = 0.2, 60.0  # seconds between two looks at a name that leads elsewhere
_GRACE = 10.0  # seconds after which a name that leads elsewhere is told of
_AT_ONCE = 20  # names


@dataclass(slots=True, kw_only=True)
class _Look:
    began: float  # monotonic, as `again`
    again: float = 0.0
    pause: float = _FIRST
    told: str = ""


class Leading:
    """Looks at the names of certificates that wait for them, before anything is ordered."""

    def __init__(
        self,
        leads_here: Callable[[str], Awaitable[str]],
        tell: Callable[[Wanted, str], None],
        wake: Callable[[], None],
    ) -> None:
        """`leads_here` says why a name does not, or ""; `tell` is called once for each reason."""
        self._leads_here, self._tell, self._wake = leads_here, tell, wake
        self._looks: dict[str, _Look] = {}
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._under_way: set[str] = set()
        self.here: dict[str, str] = {}  # name -> "", or why not

    def keep(self, wanted: Sequence[Wanted]) -> None:
        """Forget what is looked for no more."""
        keys = {one.key for one in wanted}
        self._looks = {key: look for key, look in self._looks.items() if key in keys}

    def forget(self, wanted: Wanted) -> None:
        """Look anew: what was true a while ago may be so no longer."""
        self._looks.pop(wanted.key, None)
        for name in wanted.names:
            self.here.pop(name, None)

    def why_not(self, wanted: Wanted) -> str:
        """Why its names do not lead here, as far as that was looked at."""
        return next((why for name in wanted.names if (why := self.here.get(name))), "")

    def due_in(self, wanted: Wanted) -> float:
        """Seconds until the next look at its names."""
        if wanted.key in self._under_way:
            return _LONGEST
        look = self._looks.get(wanted.key)
        return max(0.0, look.again - time.monotonic()) if look else 0.0

    async def look(self, wanted: Wanted) -> None:
        """Look at each name once; `wake` is called when all lead here."""
        if wanted.key in self._under_way:
            return
        self._under_way.add(wanted.key)
        try:
            async with self._turn:
                found = await asyncio.gather(*(self._leads_here(name) for name in wanted.names))
        finally:
            self._under_way.discard(wanted.key)
        self.here.update(zip(wanted.names, found, strict=True))
        if why := self.why_not(wanted):
            self._later(wanted, why)
        self._wake()

    def _later(self, wanted: Wanted, why: str) -> None:
        now = time.monotonic()
        look = self._looks.setdefault(wanted.key, _Look(began=now))
        look.again, look.pause = now + look.pause, min(look.pause * 1.5, _LONGEST)
        if now - look.began > _GRACE and look.told != why:
            look.told = why
            self._tell(wanted, why)
