"""How soon nginx is told of a change. Pure."""

from __future__ import annotations

_QUIET, _LONGEST = 0.012, 0.4  # seconds without a change, and the longest that one waits
_ALONE, _LATELY = 0.003, 0.5  # without a change, where nginx was not told anything lately
_RETIRED, _EACH, _SLOWEST = 16, 0.5, 15.0  # workers; seconds for each more, and at most


def quiet_for(since: float, took: float) -> tuple[float, float]:
    """Seconds without a change that are waited for, and the longest that one waits for them.

    A change that comes alone does not wait for others; where a reload takes long, more is gathered
    for the next.

    Args:
        since: seconds since nginx was told something.
        took: seconds that it took then.
    """
    return _QUIET if since < _LATELY else _ALONE, max(_LONGEST, 2 * took)


def pause_for(retired: int) -> float:
    """Seconds until the next reload, where so many workers have not ended long after the last.

    Each waits for WebSockets, ten minutes at most: a container that crashes again and again would
    make thousands of them.
    """
    return min(_EACH * max(0, retired - _RETIRED), _SLOWEST)
