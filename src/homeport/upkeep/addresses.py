"""The address of the box is asked for now and then, where nobody says it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from homeport.dns.model import Addresses
from homeport.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressWatch:
    """Asks, and reports what it hears, or that it heard nothing."""

    ask: Callable[[], Awaitable[Addresses]]
    report: Callable[[Addresses, str], bool]
    unknown: Callable[[str, str], None]
    every: float  # seconds

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._look()
            await asyncio.sleep(self.every)

    async def _look(self) -> None:
        try:
            self.report(await self.ask(), "web")
        except Unavailable as error:
            self.unknown(error.message, error.hint)
