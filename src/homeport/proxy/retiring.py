"""How long old workers of nginx may finish what they began, after a reload. Pure."""

from __future__ import annotations

from collections.abc import Sequence

# Seconds, where reloads are seldom: what an old worker still does is for sites that did not change,
# too, such as their WebSockets. The drain of those that did ends with the container.
_LONGEST, _SHORTEST = 600, 60
# Old workers of each kind that are there at once, where that leaves them the shortest time: each
# takes some megabytes.
MOST = 8


def patience(reloads: Sequence[float], *, now: float, drain: int) -> int:
    """Seconds that the workers of the next configuration have, once that is replaced.

    Args:
        reloads: when nginx was reloaded, the oldest first, on the clock of `now`.
        now: seconds.
        drain: seconds that they have at least.
    """
    if len(reloads) < MOST:
        return max(drain, _LONGEST)
    # As many as came within that time will be waiting, if reloads go on as they come.
    return max(drain, _SHORTEST, min(_LONGEST, int(now - reloads[-MOST])))
