"""The daemon's nginx beside one that is written by hand: requests, and their tail.

What they are, bench/nginxes.py says. nginx's time for a request, which the kernel counts,
says most: the rate is also of whatever else runs. For the tail there is a second one by hand: what
it differs by from the first is what the measurement cannot tell apart. Visitors come at a pace at
which nobody is busy all the time, and all who take part go before whatever else runs: where they
do not, a tail is who waited longest for the processor.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable
from functools import partial

from bench.figure import Figure
from bench.lab import Missing, lab, say
from bench.nginxes import AGAIN, ALL, HOST, backend_of, servers
from bench.paced import paced
from bench.proc import goes_first
from bench.tails import compared
from bench.turns import Server, Turn, kept, turns

REQUESTS, TAIL = 1 / 0.97, 1.1
COST = 1.3  # with each request counted, or written down, beside by hand that does the latter
TURN = 0.1  # seconds
# For the tail: requests a second, of the 15,000 that one nginx can; and seconds of a turn.
PACE, SHORT = 2000, 0.01


def measure(quick: bool) -> list[Figure]:
    """In turns: of a tenth of a second, and of a hundredth for the tail; three minutes."""
    if shutil.which("wrk") is None:
        raise Missing("wrk is not installed: script/bootstrap --tests")
    rounds, tenths, fewer = (300, 40, 20) if quick else (1500, 160, 40)
    with lab() as place:
        backend = backend_of(place)
        running = servers(place, (*ALL, AGAIN), backend)
        plain = _short(running, "by hand", "homeport", tenths)
        metrics = _short(running, "by hand", "metrics", fewer)
        logging = _short(running, "by hand, logging", "access_log", fewer)
        tails = _tails(running, backend, rounds)
    return [
        figure("routes: requests a second, by hand / ours", plain, pace, REQUESTS),
        figure("routes: nginx's time for a request, ours / by hand", plain, each, REQUESTS),
        *tails,
        figure("routes: nginx's time, with metrics", metrics, each, COST),
        figure("routes: nginx's time, with access_log", logging, each, COST),
    ]


# Of two servers, by hand first: their turns, in the order in which they were taken.
Pair = dict[str, list[Turn]]


def pace(turn: Turn) -> float:
    """Seconds between two requests."""
    return 1 / turn.rate


def each(turn: Turn) -> float:
    """Nginx's own seconds for a request."""
    return turn.each


def figure(name: str, pair: Pair, of: Callable[[Turn], float], limit: float) -> Figure:
    """The ratio of each two turns that follow one another; the median of them."""
    hand, ours = ([of(turn) for turn in turns] for turns in pair.values())
    ratios = [b / a for a, b in zip(hand, ours, strict=True)]
    shown = ", ".join(
        f"{key} {1e6 * statistics.median(map(of, turns)):.4g}" for key, turns in pair.items()
    )
    low, _, high = statistics.quantiles(ratios, n=4)
    return Figure(
        name=name,
        value=statistics.median(ratios),
        unit="x",
        limit=limit,
        detail=f"{shown} us, quarters {low:.3f}-{high:.3f}, {len(ratios)} turns each",
        samples={"ratios": ratios},
    )


def _short(running: dict[str, Server], hand: str, ours: str, rounds: int) -> Pair:
    say(f"requests: {rounds} turns of {hand} and {ours}")
    begin = partial(kept, host=HOST)
    found = turns((running[hand], running[ours]), begin, rounds=rounds, seconds=TURN)
    return dict(zip((hand, ours), found, strict=True))


def _tails(running: dict[str, Server], backend: Server, rounds: int) -> list[Figure]:
    """Ours beside by hand, and by hand beside itself."""
    say(f"tails: {rounds} turns of by hand, of ours, and of by hand again")
    workers = [pid for server in (backend, *running.values()) for pid in server.workers()]
    first = all(goes_first(pid) for pid in workers)
    asked = [running[name].address for name in ("by hand", "homeport", AGAIN)]
    hand, ours, again = paced(asked, host=HOST, rate=PACE, seconds=SHORT, rounds=rounds)
    note = f", {PACE} a second" + ("" if first else ", beside whatever else ran")
    both = [one + other for one, other in zip(hand, again, strict=True)]
    return [
        compared("routes: p99, ours / by hand", ours, both, TAIL, note),
        compared("routes: p99, by hand / by hand", again, hand, TAIL, note),
    ]
