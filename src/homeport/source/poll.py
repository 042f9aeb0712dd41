"""What moved in a remote since the last look, and when to look again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

_SOON = 30.0  # seconds after the first failure
_LATEST = 3600.0  # seconds between two looks at a forge that is down

Refs = Mapping[str, str]  # refs/heads/main -> the object that it names


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A branch or a tag of the remote that is not where it was. `after` "" : it is gone."""

    ref: str
    before: str
    after: str
    runs: bool  # whether it asks for a run; what was there before homeport looked does not


def moves(seen: Refs, there: Refs, *, live: Refs, deploys: Callable[[str], bool]) -> list[Move]:
    """What moved, in the order in which it is to be dealt with.

    At the first look everything is new: the deploy branch goes live where it does not yet, the
    others are stored, and nothing is built of years of tags.

    Args:
        seen: what was dealt with; nothing at the first look.
        there: what the remote has now.
        live: the branches and tags of the app itself.
        deploys: whether a ref is the deploy branch.
    """
    moved = [ref for ref in {**seen, **there} if seen.get(ref) != there.get(ref)]

    def runs(ref: str) -> bool:
        return bool(seen) or (deploys(ref) and live.get(ref) != there.get(ref))

    found = [
        Move(ref=ref, before=seen.get(ref, ""), after=there.get(ref, ""), runs=runs(ref))
        for ref in moved
    ]
    # Deletes first: a branch `a` may not coexist with one called `a/b`.
    return sorted(found, key=lambda m: (bool(m.after), not deploys(m.ref), m.ref))


def next_look(every: float, failures: int) -> float:
    """Seconds until the next look, after so many in a row that failed; `inf` for never.

    Args:
        every: the setting; 0 looks only after a webhook, and again where that failed.
        failures: looks that failed since the last that did not.
    """
    if not failures:
        return every or float("inf")
    doubled = float(2 ** min(failures - 1, 16))
    return min(min(every or _SOON, _SOON) * doubled, max(every, _LATEST))
