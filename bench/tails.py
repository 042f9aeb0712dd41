"""The slowest of a hundred, of servers that were asked in turns (bench/paced.py)."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.figure import Figure

_PARTS = 10
Turns = Sequence[Sequence[float]]  # of one server: seconds for each request, turn by turn


def p99(turns: Turns) -> float:
    """Of all requests of all turns together: a turn is too short to have its own."""
    every = sorted(took for turn in turns for took in turn)
    return every[int(0.99 * len(every))]


def compared(name: str, ours: Turns, hand: Turns, limit: float, note: str = "") -> Figure:
    """How much slower the slowest of a hundred are; how sure that is, a tenth of the time tells."""
    tenths = [
        p99(ours[part::_PARTS]) / p99(hand[part::_PARTS])
        for part in range(min(_PARTS, len(ours), len(hand)))
    ]
    low, _, high = statistics.quantiles(tenths, n=4)
    asked = sum(map(len, ours))
    return Figure(
        name=name,
        value=p99(ours) / p99(hand),
        unit="x",
        limit=limit,
        detail=f"{1e6 * p99(ours):.0f} and {1e6 * p99(hand):.0f} us, {asked} requests, "
        f"quarters of tenths {low:.3f}-{high:.3f}{note}",
        samples={"ratios": tenths},
    )
