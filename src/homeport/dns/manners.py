"""How often a host may be changed at its provider. Pure: the clock is an argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from homeport.dns.plan import Change

_LONGEST = 86_400.0  # seconds


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What a host's provider was told last, and how often in a row without any effect."""

    at: float  # seconds since the epoch
    values: tuple[str, ...] = ()
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """Changes that may be made now, and the seconds until the first of the others may be."""

    now: tuple[Change, ...] = ()
    later: float = 0.0  # 0: there are none


def paced(changes: Sequence[Change], sent: Mapping[str, Sent], pause: float, now: float) -> Paced:
    """What may be sent: a host not before `pause` seconds have passed since it was sent.

    What was told and had no effect is told again after pauses that double: that is how accounts
    are blocked for abuse.

    Args:
        changes: what is to be made.
        sent: host -> what it was told.
        pause: of the provider; its name servers, too, need a while to say what they were told.
        now: in seconds since the epoch. A clock that jumped back delays by one pause at most.
    """
    waits = {change.host: _wait(change, sent.get(change.host), pause, now) for change in changes}
    due = tuple(change for change in changes if waits[change.host] <= 0)
    later = min((wait for wait in waits.values() if wait > 0), default=0.0)
    return Paced(now=due, later=later)


def told(change: Change, before: Sent | None, now: float) -> Sent:
    """What is remembered of a change that was made."""
    values = (*change.a, *change.aaaa)
    again = before is not None and before.values == values
    return Sent(at=now, values=values, times=before.times + 1 if before and again else 1)


def _wait(change: Change, sent: Sent | None, pause: float, now: float) -> float:
    if sent is None:
        return 0.0
    again = sent.values == (*change.a, *change.aaaa)
    whole = min(pause * 2.0 ** min(sent.times - 1, 20), _LONGEST) if again else pause
    return min(sent.at + whole - now, whole)
