"""What a provider's patience is not tried with: kept beside the cache, across restarts. Pure.

After a refusal nobody asks again until the configuration of the host changes; where the provider
has trouble the pauses double, and it may say itself how long.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from homeport.dns.ddclient.model import Outcome
from homeport.dns.ddclient.settle import Configured

_FIRST, _LONGEST = 300, 24 * 3600  # seconds of a pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a host stands with its provider."""

    refused: str = ""
    until: int = 0  # no request before
    mended: bool = False  # it was refused, and is configured otherwise now


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is kept of a host. `sign` is its configuration's: what was refused may be mended."""

    sign: str
    refused: str = ""
    troubles: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """All hosts. `salt` keeps the signs from telling a password to who tries words."""

    salt: str
    hosts: Mapping[str, Entry] = field(default_factory=dict)

    def standing(self, host: Configured, now: int) -> Standing:
        """How a host stands; what was configured otherwise does not count."""
        entry = self.hosts.get(host.name)
        if entry is None:
            return Standing()
        if entry.sign != sign(host, self.salt):
            return Standing(mended=True)
        # Nobody is asked to wait for longer than a day: later than that is a clock that jumped.
        waits = now < entry.until <= now + _LONGEST
        return Standing(refused=entry.refused, until=entry.until if waits else 0)

    def after(self, host: Configured, outcome: Outcome, now: int) -> Manners:
        """With what came of an update."""
        hosts = {name: entry for name, entry in self.hosts.items() if name != host.name}
        if outcome.refused:
            told = outcome.told.partition(":")[0] if len(outcome.told) > 60 else outcome.told
            hosts[host.name] = Entry(sign=sign(host, self.salt), refused=told)
        elif outcome.busy:
            hosts[host.name] = self._troubled(host, outcome, now)
        return Manners(salt=self.salt, hosts=hosts)

    def _troubled(self, host: Configured, outcome: Outcome, now: int) -> Entry:
        own = sign(host, self.salt)
        before = self.hosts.get(host.name)
        troubles = (before.troubles if before and before.sign == own else 0) + 1
        pause = min(_FIRST * 2 ** min(troubles - 1, 12), _LONGEST)
        until = now + min(max(int(outcome.after), pause), _LONGEST)
        return Entry(sign=own, troubles=troubles, until=until)


def sign(host: Configured, salt: str) -> str:
    """A mark that changes with what a host is configured with."""
    text = json.dumps([salt, host.name, sorted(host.values.items(), key=lambda pair: pair[0])])
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]


def parse(text: str, salt: str) -> Manners:
    """What the file says; one that is broken says nothing. `salt` is for a new one."""
    try:
        said: Any = json.loads(text)
        hosts = {str(name): _entry(entry) for name, entry in said["hosts"].items()}
        return Manners(salt=str(said["salt"]), hosts=hosts)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Manners(salt=salt)


def _entry(said: Mapping[str, Any]) -> Entry:
    return Entry(
        sign=str(said["sign"]),
        refused=str(said["refused"]),
        troubles=int(said["troubles"]),
        until=int(said["until"]),
    )


def render(manners: Manners) -> str:
    """The file."""
    hosts = {
        name: {"sign": e.sign, "refused": e.refused, "troubles": e.troubles, "until": e.until}
        for name, e in sorted(manners.hosts.items())
    }
    return json.dumps({"salt": manners.salt, "hosts": hosts}, indent=1) + "\n"
