"""After a change the zone's own name servers are asked until they answer with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeport.dns.model import Zone
from homeport.errors import Unavailable
from homeport.events import Record, RecordLate, RecordLive

if TYPE_CHECKING:
    from homeport.dns.authoritative import Authoritative

_FIRST, _LONGEST = 0.25, 15.0  # seconds between two questions
_SECONDS = 300.0  # until it is told that they do not
_ADDRESSES = ("A", "AAAA")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Whether the servers say what is expected: those that answer, and why not."""

    servers: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    app: str
    values: tuple[str, ...]
    since: float  # monotonic


class Confirmation:
    """The changed hosts of one zone."""

    def __init__(self, zone: Zone, record: Record) -> None:
        self._zone, self._record = zone, record
        self._pending: dict[str, _Expected] = {}
        self._some = asyncio.Event()
        self._asked: Authoritative | None = None

    @property
    def pending(self) -> tuple[str, ...]:
        """Hosts that the name servers do not answer with yet."""
        return tuple(sorted(self._pending))

    def expect(self, host: str, app: str, values: Iterable[str]) -> None:
        """From now on a host is to be answered with these addresses."""
        now = time.monotonic()
        self._pending[host] = _Expected(app=app, values=tuple(sorted(values)), since=now)
        self._some.set()

    def forget(self, host: str) -> None:
        """A host is not looked after any more."""
        self._pending.pop(host, None)

    async def run(self) -> None:
        """Ask, for ever; nothing where nothing is expected."""
        pause = _FIRST
        while True:
            if not self._pending:
                pause = _FIRST
                self._some.clear()
                await self._some.wait()
            for host, expected in list(self._pending.items()):
                await self._look(host, expected)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST)

    async def until(
        self, name: str, kinds: Collection[str], values: Collection[str], seconds: float
    ) -> tuple[str, ...]:
        """Return when all that answer say all of these values; the servers' names.

        Raises:
            Unavailable: they do not within `seconds`.
        """
        deadline, pause, why = time.monotonic() + seconds, _FIRST, "they were not asked"
        while time.monotonic() < deadline:
            agreed = await self._ask(name, kinds, values, only=False)
            if not agreed.why_not:
                return agreed.servers
            why = agreed.why_not
            await asyncio.sleep(max(0.0, min(pause, deadline - time.monotonic())))
            pause = min(pause * 2, _LONGEST)
        raise Unavailable(f"{name} is not answered as it should be after {seconds:g} s: {why}")

    async def finds_servers(self) -> bool:
        """Whether it is known whom to ask."""
        try:
            return bool(await self._servers().servers())
        except Unavailable:
            return False

    async def _look(self, host: str, expected: _Expected) -> None:
        agreed = await self._ask(host, _ADDRESSES, expected.values, only=True)
        if self._pending.get(host) is not expected:  # it changed meanwhile
            return
        passed = time.monotonic() - expected.since
        if not agreed.why_not:
            self._record(
                RecordLive(
                    app=expected.app,
                    host=host,
                    values=expected.values,
                    servers=agreed.servers,
                    seconds=round(passed, 2),
                )
            )
        elif passed > _SECONDS:
            hint = "is the zone delegated to these servers? `nameservers` in the file of zones"
            late = RecordLate(app=expected.app, host=host, reason=agreed.why_not, hint=hint)
            self._record(late)
        else:
            return
        del self._pending[host]

    async def _ask(
        self, name: str, kinds: Collection[str], values: Collection[str], *, only: bool
    ) -> Agreed:
        """Whether all that answer say these values; `only`: and no others."""
        try:
            said = await self._servers().ask(name, kinds)
        except Unavailable as error:
            return Agreed(why_not=error.message)
        answered = [one for one in said if not one.fault]
        if not answered:
            return Agreed(why_not="; ".join(f"{one.server}: {one.fault}" for one in said))
        for one in answered:
            missing = set(values) - set(one.values)
            if missing or (only and set(one.values) != set(values)):
                return Agreed(why_not=f"{one.server} says {', '.join(one.values) or 'nothing'}")
        return Agreed(servers=tuple(one.server for one in answered))

    def _servers(self) -> Authoritative:
        if self._asked is None:
            from homeport.dns.authoritative import Authoritative  # dnspython: 15 MB

            self._asked = Authoritative(self._zone)
        return self._asked
