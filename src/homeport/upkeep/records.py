"""What is routed gets its records, and what is removed loses them: a task for each zone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeport.dns.apply import Wish
from homeport.dns.memory import load, save
from homeport.dns.model import Addresses, Zone, zone_of
from homeport.dns.providers.base import Provider
from homeport.dns.wishes import Hosted, Misplaced, Wishes, by_zone
from homeport.errors import NotFound, Unavailable
from homeport.events import AddressChanged, AddressUnknown, Record, RecordFailed, Warned
from homeport.upkeep.zone import ZoneKeeper, ZoneParts

_HINT = "docs/howto/names-that-follow.md"
_SERVED = 90.0  # seconds until the name servers answer with a TXT value that was set


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the loop is handed."""

    zones: tuple[Zone, ...]  # until others are adopted
    provider: Callable[[Zone], Provider]
    addresses: Addresses  # as set; where there are none, those that are reported; until adopted
    routed: Callable[[], Mapping[str, Hosted]]
    asked: Callable[[], Mapping[str, Mapping[str, str]]]  # app -> host its release asks for -> dns
    alive: Callable[[], Container[str]]  # apps
    changes: Callable[[], AsyncIterator[object]]  # something may be routed, or gone
    ready: asyncio.Event  # what is routed is known
    record: Record
    memory: Path
    instance: str
    every: float  # seconds between two looks, for drift


class Records:
    """Keeps the records of every zone. One that hangs delays no other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._memory = load(parts.memory, lambda why: parts.record(Warned(text=why)))
        zone_parts = ZoneParts(
            provider=parts.provider,
            wish=self._wish,
            record=parts.record,
            memory=self._memory,
            path=parts.memory,
            every=parts.every,
        )
        self._zone_parts = zone_parts
        self._zones, self._given = parts.zones, parts.addresses
        self._keepers = {zone.name: ZoneKeeper(zone, zone_parts) for zone in parts.zones}
        self._group: asyncio.TaskGroup | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}  # by zone, once it runs
        self._unknown = ""  # why nobody says the address
        self._misplaced: tuple[Misplaced, ...] = ()

    @property
    def addresses(self) -> Addresses:
        """What is published."""
        given, reported = self._given, self._memory.addresses
        return Addresses(v4=given.v4 or reported.v4, v6=given.v6 or reported.v6)

    def report(self, addresses: Addresses, source: str) -> bool:
        """An address of the box became known; whether it is another one. Public ones only."""
        before = self._memory.addresses
        self._memory.v4 = addresses.v4 or before.v4
        self._memory.v6 = addresses.v6 or before.v6
        if before == self._memory.addresses:
            return False
        now = self._memory.addresses
        self.wake(at_once=True)
        save(self._parts.memory, self._memory)
        self._parts.record(AddressChanged(v4=now.v4, v6=now.v6, source=source))
        return True

    def unknown(self, reason: str, hint: str) -> None:
        """Whoever should say the address says none: what was published stays. "": all is well."""
        before, self._unknown = self._unknown, reason
        if reason and reason != before:
            self._parts.record(AddressUnknown(reason=reason, hint=hint))

    def wake(self, *, at_once: bool = False) -> None:
        """Look at every zone."""
        for keeper in self._keepers.values():
            keeper.wake(at_once=at_once)

    def status(self) -> dict[str, Any]:
        """Zones, hosts, addresses, and when each zone is looked at next."""
        return {
            "v4": self.addresses.v4,
            "v6": self.addresses.v6,
            "trouble": self._unknown,
            "zones": [keeper.status() for keeper in self._keepers.values()],
            "misplaced": [f"{one.host}: {one.why}" for one in self._misplaced],
        }

    async def run(self) -> None:
        """Keep, for ever."""
        await self._parts.ready.wait()
        async with asyncio.TaskGroup() as group:
            self._group, self._tasks = group, {}
            for name in self._keepers:
                self._keep(name)
            async for _ in self._parts.changes():
                self._tell_misplaced()
                self.wake()

    def _keep(self, name: str) -> None:
        if self._group:
            self._tasks[name] = self._group.create_task(self._keepers[name].run())

    async def adopt(self, zones: tuple[Zone, ...], addresses: Addresses) -> None:
        """Other zones hold from now on; those that say what they said before go on."""
        before = {zone.name: zone for zone in self._zones}
        now = {zone.name: zone for zone in zones}
        changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
        ended = [task for name in changed if (task := self._tasks.pop(name, None))]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        self._zones, self._given = zones, addresses
        self._keepers = {name: one for name, one in self._keepers.items() if name not in changed}
        for name in changed & now.keys():
            self._keepers[name] = ZoneKeeper(now[name], self._zone_parts)
            self._keep(name)
        self._tell_misplaced()
        self.wake(at_once=True)

    # -- for certificates

    async def set_txt(self, name: str, value: str) -> None:
        """As TxtRecords says."""
        keeper = self._keeper_of(name)
        await keeper.provider.set_txt(name, value)
        if await keeper.confirmation.finds_servers():
            await keeper.confirmation.until(name, ("TXT",), (value,), _SERVED)

    async def remove_txt(self, name: str, value: str) -> None:
        """As TxtRecords says."""
        await self._keeper_of(name).provider.remove_txt(name, value)

    async def until_resolves(self, host: str, *, seconds: float = 120.0) -> tuple[str, ...]:
        """Return when the zone's own name servers answer a host with the addresses of this box.

        Returns:
            The names of the servers.

        Raises:
            NotFound: no zone of the box holds the host.
            Unavailable: no address is known, or they do not within `seconds`.
        """
        keeper, ours = self._keeper_of(host), self.addresses
        if not ours.known:
            raise Unavailable("the address of this box is not known", hint=_HINT)
        values = tuple(filter(None, (ours.v4, ours.v6)))
        return await keeper.confirmation.until(host, ("A", "AAAA"), values, seconds)

    def _keeper_of(self, name: str) -> ZoneKeeper:
        zone = zone_of(name.lower().rstrip("."), self._zones)
        if zone is None:
            raise NotFound(f"no zone of this box holds {name}", hint=_HINT)
        return self._keepers[zone.name]

    # -- what is wanted

    def _wishes(self) -> Wishes:
        return by_zone(self._parts.routed(), self._zones)

    def _wish(self, zone: Zone) -> Wish:
        return Wish(
            hosts=self._wishes().zones[zone.name],
            made=self._memory.hosts.get(zone.name, []),
            alive=self._parts.alive(),
            addresses=self.addresses,
            instance=self._parts.instance,
            wished=self._wished(zone),
            owners=self._memory.owners,
            sent=self._memory.sent,
            resting=self._keepers[zone.name].resting.now(),
        )

    def _wished(self, zone: Zone) -> dict[str, list[str]]:
        """App -> the hosts that its live release asks for, as far as they are of this zone."""
        found = {}
        for app, hosts in self._parts.asked().items():
            hosted = {host: Hosted(owner=app, dns=dns) for host, dns in hosts.items()}
            found[app] = list(by_zone(hosted, self._zones).zones[zone.name])
        return found

    def _tell_misplaced(self) -> None:
        """Once for each host and reason."""
        found = self._wishes().misplaced
        for one in set(found) - set(self._misplaced):
            failed = RecordFailed(app=one.owner, zone="", host=one.host, reason=one.why, hint=_HINT)
            self._parts.record(failed)
        self._misplaced = found
