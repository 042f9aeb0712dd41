"""What is routed gets its records, and what is removed loses them: a task for each zone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homeport.dns.apply import Wish, bring
from homeport.dns.memory import digest, load, save
from homeport.dns.model import Addresses, Zone, zone_of
from homeport.dns.patience import NEVER, Patience, after_failure, after_refusal, due_at
from homeport.dns.plan import Change, Foreign, Verb
from homeport.dns.providers.base import Provider
from homeport.errors import HomeportError, NotFound, ProviderLimited, ProviderRefused
from homeport.events import (
    AddressChanged,
    AddressUnknown,
    Record,
    RecordChanged,
    RecordFailed,
    RecordMade,
    RecordRemoved,
)

_TOGETHER = 0.2  # seconds in which changes that come together become one look


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the loop is handed."""

    zones: tuple[Zone, ...]
    provider: Callable[[Zone], Provider]
    addresses: Addresses  # as set; where there are none, those that are reported
    routed: Callable[[], Mapping[str, str]]  # host -> app
    alive: Callable[[], Collection[str]]  # apps
    changes: Callable[[], AsyncIterator[object]]  # something may be routed, or gone
    ready: asyncio.Event  # what is routed is known
    record: Record
    memory: Path
    instance: str
    every: float  # seconds between two looks, for drift


@dataclass(slots=True, kw_only=True)
class _Keeper:
    """One zone."""

    zone: Zone
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    provider: Provider | None = None
    next_look: float = 0.0
    told: set[str] = field(default_factory=set)  # faults that were told of


class Records:
    """Keeps the records of every zone. One that hangs delays no other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._memory = load(parts.memory)
        self._keepers = {zone.name: _Keeper(zone=zone) for zone in parts.zones}
        self._unknown = ""  # why nobody says the address

    @property
    def addresses(self) -> Addresses:
        """What is published."""
        given, reported = self._parts.addresses, self._memory.addresses
        return Addresses(v4=given.v4 or reported.v4, v6=given.v6 or reported.v6)

    def report(self, addresses: Addresses, source: str) -> bool:
        """An address of the box became known; whether it is another one. Public ones only."""
        before = self._memory.addresses
        self._memory.v4 = addresses.v4 or before.v4
        self._memory.v6 = addresses.v6 or before.v6
        if before == self._memory.addresses:
            return False
        save(self._parts.memory, self._memory)
        now = self._memory.addresses
        self._parts.record(AddressChanged(v4=now.v4, v6=now.v6, source=source))
        self.wake()
        return True

    def unknown(self, reason: str, hint: str) -> None:
        """Whoever should say the address says none: what was published stays. "": all is well."""
        before, self._unknown = self._unknown, reason
        if reason and reason != before:
            self._parts.record(AddressUnknown(reason=reason, hint=hint))

    def wake(self) -> None:
        """Look at every zone."""
        for keeper in self._keepers.values():
            keeper.wake.set()

    def status(self) -> dict[str, Any]:
        """Zones, hosts, addresses, and when each zone is looked at next."""
        return {
            "v4": self.addresses.v4,
            "v6": self.addresses.v6,
            "trouble": self._unknown,
            "zones": [self._zone_status(keeper) for keeper in self._keepers.values()],
        }

    async def run(self) -> None:
        """Keep, for ever."""
        await self._parts.ready.wait()
        async with asyncio.TaskGroup() as group:
            for keeper in self._keepers.values():
                group.create_task(self._keep(keeper))
            async for _ in self._parts.changes():
                self.wake()

    # -- TXT, for certificates

    async def set_txt(self, name: str, value: str) -> None:
        """As TxtRecords says."""
        await self._provider(self._keeper_of(name)).set_txt(name, value)

    async def remove_txt(self, name: str, value: str) -> None:
        """As TxtRecords says."""
        await self._provider(self._keeper_of(name)).remove_txt(name, value)

    def _keeper_of(self, name: str) -> _Keeper:
        zone = zone_of(name.lower().rstrip("."), self._parts.zones)
        if zone is None:
            raise NotFound(f"no zone of this box holds {name}", hint="docs/howto/names-that-follow")
        return self._keepers[zone.name]

    # -- one zone

    async def _keep(self, keeper: _Keeper) -> None:
        while True:
            keeper.wake.clear()
            due = due_at(self._patience(keeper), digest(keeper.zone), time.time())
            if due <= time.time():
                await self._look(keeper)
                due = due_at(self._patience(keeper), digest(keeper.zone), time.time())
            keeper.next_look = max(due, time.time() + self._parts.every)
            if due > time.time():  # nothing that happens makes a provider answer sooner
                keeper.next_look = due
                await asyncio.sleep(min(due - time.time(), 1e6))
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._parts.every):
                    await keeper.wake.wait()
            await asyncio.sleep(_TOGETHER)

    async def _look(self, keeper: _Keeper) -> None:
        config, before = digest(keeper.zone), self._patience(keeper)
        try:
            provider = self._provider(keeper)
            found = await bring(
                keeper.zone, provider, self._wish(keeper), lambda done: self._done(keeper, done)
            )
        except ProviderRefused as error:
            self._failed(keeper, error, after_refusal(config, error.message))
        except HomeportError as error:
            wait = error.after if isinstance(error, ProviderLimited) else 0.0
            after = after_failure(before, config, error.message, time.time(), wait=wait)
            self._failed(keeper, error, after)
        except Exception as fault:  # a fault of ours stops no other zone
            ours = HomeportError(f"homeport itself failed: {type(fault).__name__}")
            after = after_failure(before, config, ours.message, time.time())
            self._failed(keeper, ours, after)
        else:
            self._settled(keeper, found.foreign)

    def _wish(self, keeper: _Keeper) -> Wish:
        parts = self._parts
        mine = {
            host: app
            for host, app in parts.routed().items()
            if zone_of(host, parts.zones) == keeper.zone
        }
        return Wish(
            hosts=mine,
            made=self._memory.hosts.get(keeper.zone.name, []),
            alive=parts.alive(),
            addresses=self.addresses,
            instance=parts.instance,
        )

    def _done(self, keeper: _Keeper, change: Change) -> None:
        """Remembered first: what is made is taken away some day, whatever happens now."""
        hosts = set(self._memory.hosts.get(keeper.zone.name, []))
        hosts = hosts - {change.host} if change.verb is Verb.REMOVE else hosts | {change.host}
        self._memory.hosts[keeper.zone.name] = sorted(hosts)
        save(self._parts.memory, self._memory)
        self._parts.record(_event(change))

    def _failed(self, keeper: _Keeper, error: HomeportError, after: Patience) -> None:
        self._memory.patience[keeper.zone.name] = after
        save(self._parts.memory, self._memory)
        self._tell(keeper, "", error.message, error.hint)

    def _settled(self, keeper: _Keeper, foreign: tuple[Foreign, ...]) -> None:
        if self._memory.patience.pop(keeper.zone.name, None):
            save(self._parts.memory, self._memory)
        now = {f"{one.host} {one.why}" for one in foreign}
        keeper.told &= now
        for one in foreign:
            hint = f"remove the records of {one.host}, and homeport makes its own"
            self._tell(keeper, one.host, one.why, hint, app=one.owner)

    def _tell(self, keeper: _Keeper, host: str, why: str, hint: str, *, app: str = "") -> None:
        """Once for each reason."""
        key = f"{host} {why}"
        if key in keeper.told:
            return
        keeper.told.add(key)
        zone = keeper.zone.name
        self._parts.record(RecordFailed(app=app, zone=zone, host=host, reason=why, hint=hint))

    def _patience(self, keeper: _Keeper) -> Patience:
        return self._memory.patience.get(keeper.zone.name, Patience())

    def _provider(self, keeper: _Keeper) -> Provider:
        if keeper.provider is None:
            keeper.provider = self._parts.provider(keeper.zone)
        return keeper.provider

    def _zone_status(self, keeper: _Keeper) -> dict[str, Any]:
        patience = self._patience(keeper)
        stopped = due_at(patience, digest(keeper.zone), time.time()) == NEVER
        return {
            "zone": keeper.zone.name,
            "provider": keeper.zone.provider,
            "hosts": self._memory.hosts.get(keeper.zone.name, []),
            "trouble": patience.reason,
            "next": None if stopped else round(keeper.next_look, 1),
        }


def _event(change: Change) -> RecordMade | RecordChanged | RecordRemoved:
    values = (*change.a, *change.aaaa)
    match change.verb:
        case Verb.MAKE:
            return RecordMade(app=change.owner, host=change.host, values=values)
        case Verb.CHANGE:
            return RecordChanged(app=change.owner, host=change.host, values=values, why=change.why)
        case Verb.REMOVE:
            return RecordRemoved(app=change.owner, host=change.host)
