"""One zone is kept: what is routed gets its records, and what is gone loses them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from homeport.dns.apply import Brought, Wish, bring
from homeport.dns.manners import told
from homeport.dns.memory import Memory, digest, save
from homeport.dns.model import Zone
from homeport.dns.patience import NEVER, Patience, after_failure, after_refusal, due_at
from homeport.dns.plan import Change, Foreign, Verb
from homeport.dns.providers.base import Provider
from homeport.errors import HomeportError, ProviderLimited, ProviderRefused, RequestError
from homeport.events import Record, RecordChanged, RecordFailed, RecordMade, RecordRemoved
from homeport.upkeep.confirm import Confirmation
from homeport.upkeep.resting import Resting

_TOGETHER = 0.2  # seconds in which routes that change together become one look


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneParts:
    """What the keeper of a zone is handed."""

    provider: Callable[[Zone], Provider]
    wish: Callable[[Zone], Wish]
    record: Record
    memory: Memory
    path: Path  # of the memory
    every: float  # seconds between two looks, for drift


class ZoneKeeper:
    """Looks when something happened, when it was told to wait no longer, and now and then."""

    def __init__(self, zone: Zone, parts: ZoneParts) -> None:
        self.zone, self._parts = zone, parts
        self.confirmation = Confirmation(zone, parts.record)
        self.resting = Resting(zone, parts.memory)
        self._wake, self._at_once = asyncio.Event(), False
        self._provider: Provider | None = None
        self._next_look, self._later, self._saved = 0.0, 0.0, b""
        self._told: dict[str, Foreign] = {}  # what is left alone, and was told of
        self._faults: set[str] = set()  # that were told of

    @property
    def provider(self) -> Provider:
        """Its provider; libraries load when it is asked first."""
        if self._provider is None:
            self._provider = self._parts.provider(self.zone)
        return self._provider

    def wake(self, *, at_once: bool = False) -> None:
        """Something is routed, or gone; `at_once`: the address changed, and nobody gets here."""
        self._at_once |= at_once
        self._wake.set()

    async def run(self) -> None:
        """Keep, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.confirmation.run())
            while True:
                self._wake.clear()
                self._at_once = False
                if self._due() <= time.time():
                    await self._look()
                    self._save()
                await self._rest()

    def status(self) -> dict[str, Any]:
        """For people and programs."""
        memory, stopped = self._parts.memory, self._due() == NEVER
        return {
            "zone": self.zone.name,
            "provider": self.zone.provider,
            "hosts": sorted(memory.hosts.get(self.zone.name, [])),
            "awaited": list(self.confirmation.pending),
            "left": [f"{one.host} {one.why}" for one in self._told.values()] + self.resting.told(),
            "trouble": self._patience().reason,
            "next": None if stopped else round(self._next_look, 1),
        }

    # -- when

    def _due(self) -> float:
        return due_at(self._patience(), digest(self.zone), time.time())

    async def _rest(self) -> None:
        """Until there is something to do, or the provider may be asked again."""
        due, now = self._due(), time.time()
        if due > now:  # nothing that happens makes a provider answer sooner
            self._next_look = due
            await asyncio.sleep(min(due - now, 1e6))
            return
        wait = self._parts.every * random.uniform(0.9, 1.1)  # noqa: S311 - not all boxes at once
        wait = min(wait, self._later) if self._later else wait
        self._next_look = now + wait
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._wake.wait()
        if not self._at_once:
            await asyncio.sleep(_TOGETHER)

    def _save(self) -> None:
        """What a look changed; nothing where it changed nothing."""
        now = msgspec.json.encode(self._parts.memory)
        if now != self._saved:
            self._saved = now
            save(self._parts.path, self._parts.memory)

    # -- one look

    async def _look(self) -> None:
        config, before = digest(self.zone), self._patience()
        try:
            wish = self._parts.wish(self.zone)
            found = await bring(
                self.zone, self.provider, wish, self._done, self._refused, self._soon
            )
        except ProviderRefused as error:
            self._failed(error, after_refusal(config, error.message))
        except HomeportError as error:
            self._failed(error, self._later_after(before, error))
        except Exception as fault:  # a fault of ours stops no other zone
            ours = HomeportError(f"homeport itself failed: {type(fault).__name__}")
            self._failed(ours, self._later_after(before, ours))
        else:
            self._settled(found, {*wish.hosts, *wish.made})

    def _later_after(self, before: Patience, error: HomeportError) -> Patience:
        wait = error.after if isinstance(error, ProviderLimited) else 0.0
        config, jitter = digest(self.zone), random.random()  # noqa: S311 - no secret
        return after_failure(before, config, error.message, time.time(), wait=wait, jitter=jitter)

    def _refused(self, change: Change, error: RequestError) -> None:
        """One host: the others go on. Told once for each reason."""
        if self.resting.begin(change.host, error):
            self._tell(change.host, error.message, error.hint, app=change.owner)

    def _soon(self, changes: Sequence[Change]) -> None:
        """Remembered first, and once: what is made is taken away some day, whatever happens now."""
        made = [change for change in changes if change.verb is not Verb.REMOVE]
        for change in made:
            self._remember(change.host, change.owner)
        if made:
            save(self._parts.path, self._parts.memory)

    def _done(self, change: Change) -> None:
        sent = self._parts.memory.sent
        self.resting.end(change.host)
        self._parts.record(_event(change))
        if change.verb is Verb.REMOVE:
            self._remember(change.host, "")
            self.confirmation.forget(change.host)
            return
        if self.provider.pause:
            sent[change.host] = told(change, sent.get(change.host), time.time())
        self.confirmation.expect(change.host, change.owner, (*change.a, *change.aaaa))

    def _remember(self, host: str, owner: str) -> None:
        """Whose a host is; "" for nobody's."""
        memory, zone = self._parts.memory, self.zone.name
        hosts = memory.hosts.setdefault(zone, [])
        if owner and host not in hosts:
            hosts.append(host)
        elif not owner and host in hosts:
            hosts.remove(host)
        memory.owners.pop(host, None)
        if not owner:
            memory.sent.pop(host, None)
        elif not self.provider.marks:
            memory.owners[host] = owner

    def _failed(self, error: HomeportError, after: Patience) -> None:
        self._parts.memory.patience[self.zone.name] = after
        if error.message not in self._faults:  # once for each reason
            self._faults.add(error.message)
            self._tell("", error.message, error.hint)

    def _settled(self, found: Brought, looked: set[str]) -> None:
        self._faults.clear()
        rests = self.resting.rests(looked)
        self._later = min([rest for rest in (found.later, *rests) if rest], default=0.0)
        for host in found.right:
            if (sent := self._parts.memory.sent.get(host)) and sent.times > 1:
                self._parts.memory.sent[host] = msgspec.structs.replace(sent, times=1)
        self._parts.memory.patience.pop(self.zone.name, None)
        for change in found.left:
            self._remember(change.host, "")
            why = f"stays as it is: {self.zone.provider} has no request that takes it away"
            self._tell(change.host, why, "remove it at the provider", app=change.owner)
        now = {f"{one.host} {one.why}": one for one in found.foreign}
        for key in now.keys() - self._told.keys():
            one = now[key]
            self._tell(one.host, one.why, _hint(self.zone, one.host), app=one.owner)
        self._told = now

    def _tell(self, host: str, why: str, hint: str, *, app: str = "") -> None:
        zone = self.zone.name
        self._parts.record(RecordFailed(app=app, zone=zone, host=host, reason=why, hint=hint))

    def _patience(self) -> Patience:
        return self._parts.memory.patience.get(self.zone.name, Patience())


def _hint(zone: Zone, host: str) -> str:
    if zone.hosts and host not in zone.hosts:
        return f"hosts = [...] of zones.{zone.name} names those that are homeport's to change"
    return f"remove the records of {host}, and homeport makes its own"


def _event(change: Change) -> RecordMade | RecordChanged | RecordRemoved:
    values = (*change.a, *change.aaaa)
    match change.verb:
        case Verb.MAKE:
            return RecordMade(app=change.owner, host=change.host, values=values)
        case Verb.CHANGE:
            return RecordChanged(app=change.owner, host=change.host, values=values, why=change.why)
        case Verb.REMOVE:
            return RecordRemoved(app=change.owner, host=change.host, why=change.why)
