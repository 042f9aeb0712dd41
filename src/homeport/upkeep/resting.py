"""Hosts of a zone that its provider did not take: each rests by itself, and the others go on."""

from __future__ import annotations

import random
import time

from homeport.dns.memory import Memory, digest
from homeport.dns.model import Zone
from homeport.dns.patience import NEVER, Patience, after_failure, after_refusal, due_at
from homeport.errors import HostRefused, RequestError


class Resting:
    """What is remembered of them, across restarts; it ends when the zone's settings change."""

    def __init__(self, zone: Zone, memory: Memory) -> None:
        self._zone, self._memory, self._config = zone.name, memory, digest(zone)

    def now(self) -> frozenset[str]:
        """Hosts that the provider is not asked for."""
        now = time.time()
        return frozenset(h for h, p in self._hosts().items() if due_at(p, self._config, now) > now)

    def told(self) -> list[str]:
        """For people."""
        return [f"{host}: {self._hosts()[host].reason}" for host in sorted(self.now())]

    def begin(self, host: str, error: RequestError) -> bool:
        """The provider did not take it; whether that is news."""
        hosts = self._memory.resting.setdefault(self._zone, {})
        before, reason = hosts.get(host, Patience()), error.message
        if isinstance(error, HostRefused):
            hosts[host] = after_refusal(self._config, reason)
        else:
            jitter = random.random()  # noqa: S311 - no secret
            hosts[host] = after_failure(before, self._config, reason, time.time(), jitter=jitter)
        return (before.config, before.reason) != (self._config, reason)

    def end(self, host: str) -> None:
        """The provider took it."""
        self._hosts().pop(host, None)

    def rests(self, looked: set[str]) -> list[float]:
        """Seconds until each is asked for again; whom nobody asks for any more is forgotten."""
        hosts, now = self._hosts(), time.time()
        for gone in hosts.keys() - looked:
            del hosts[gone]
        dues = [due_at(patience, self._config, now) for patience in hosts.values()]
        return [due - now for due in dues if now < due != NEVER]

    def _hosts(self) -> dict[str, Patience]:
        return self._memory.resting.get(self._zone, {})
