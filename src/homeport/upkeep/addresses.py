"""The address of the box is watched: its interfaces, and what the router and the web say of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

from homeport.dns.local import LocalAddress, pick
from homeport.dns.model import Addresses
from homeport.dns.sources import Told, believed, carrier_of
from homeport.errors import Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSources:
    """Whom to ask; None and "" for whom not."""

    interface: str = ""
    suffix: str = ""  # of IPv6
    changes: Callable[[], AsyncIterator[tuple[LocalAddress, ...]]] | None = None
    router: Callable[[], Awaitable[str]] | None = None
    web: Callable[[], Awaitable[Addresses]] | None = None


@dataclass(slots=True, kw_only=True)
class AddressWatch:
    """Hears all sources, and reports what it believes, whenever that is something new."""

    sources: AddressSources
    report: Callable[[Addresses, str], bool]
    unknown: Callable[[str, str], None]
    every: float  # seconds between two questions
    _told: Told = field(default_factory=Told)
    _reported: Addresses = field(default_factory=Addresses)

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            if self.sources.interface:
                group.create_task(self._follow())
            if self.sources.router or self.sources.web:
                group.create_task(self._ask_now_and_then())

    async def _follow(self) -> None:
        sources = self.sources
        assert sources.changes
        async for found in sources.changes():
            mine = pick(found, interface=sources.interface, suffix=sources.suffix)
            carrier = carrier_of(found, sources.interface)
            self._hear(replace(self._told, interface=mine, carrier=carrier))

    async def _ask_now_and_then(self) -> None:
        while True:
            (router, one), (web, other) = await asyncio.gather(self._ask_router(), self._ask_web())
            faults = tuple(filter(None, (one, other)))
            # A router that is silent for once is behind the same NAT as before.
            router = router or self._told.router
            self._hear(replace(self._told, router=router, web=web, faults=faults))
            await asyncio.sleep(self.every)

    async def _ask_router(self) -> tuple[str, str]:
        try:
            return await self.sources.router() if self.sources.router else "", ""
        except Unavailable as error:
            return "", error.message

    async def _ask_web(self) -> tuple[Addresses, str]:
        try:
            return await self.sources.web() if self.sources.web else Addresses(), ""
        except Unavailable as error:
            return Addresses(), error.message

    def _hear(self, told: Told) -> None:
        """Only news are reported: somebody else, a router that speaks, may know better by now."""
        self._told = told
        belief = believed(told)
        trouble, hint = belief.trouble, belief.hint
        if not trouble and not belief.addresses.known and self.sources.interface:
            trouble = f"{self.sources.interface} has no public address"
            hint = "`router` or `sources` in the file of zones: who else is asked"
        if belief.addresses.known and belief.addresses != self._reported:
            self._reported = belief.addresses
            self.report(belief.addresses, belief.source)
        self.unknown(trouble, hint)
