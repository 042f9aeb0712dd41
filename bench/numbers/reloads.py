"""New https connections, one request each, while nginx is reloaded: ours, and one by hand.

nginx tells an HTTP/2 connection of a worker that a reload retires to go where nothing of its first
request was read, and the client to ask again (GOAWAY): browsers and Go do. By HTTP/1.1 none is.
Both are reloaded at the same moments, and the visitors of both come at the same time.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections import Counter

from bench.figure import Figure
from bench.fresh import AGAIN, ANSWERED, fresh
from bench.lab import docker, lab, say
from bench.nginxes import HOST, servers
from bench.turns import Server

RELOADS, VISITORS = 100, 3
EVERY = 0.15  # seconds
KINDS = {"HTTP/1.1": "h1", "HTTP/2": "h2"}
SERVERS = ("by hand", "homeport")


def measure(quick: bool) -> list[Figure]:
    """A hundred reloads, by each of the two protocols."""
    with lab() as place:
        running = servers(place, SERVERS)
        reloads = RELOADS // 5 if quick else RELOADS
        found = {kind: _visited(running, kind, reloads) for kind in KINDS}
    return [
        figure
        for kind, seen in found.items()
        for figure in (_broken(kind, seen["homeport"]), _again(kind, seen))
    ]


def _visited(running: dict[str, Server], kind: str, reloads: int) -> dict[str, Counter[str]]:
    """What the visitors of each server saw."""
    say(f"new connections by {kind} under {reloads} reloads")
    with contextlib.ExitStack() as stack:
        seen = {
            name: [
                stack.enter_context(fresh(server.address, 443, HOST, KINDS[kind]))
                for _ in range(VISITORS)
            ]
            for name, server in running.items()
        }
        for _ in range(reloads):
            for server in running.values():
                docker("kill", "-s", "HUP", server.name)
            time.sleep(EVERY)
    return {name: sum(counts, Counter()) for name, counts in seen.items()}


def _broken(kind: str, ours: Counter[str]) -> Figure:
    """Without an answer, though asked again where it was to be."""
    faults = {end: count for end, count in ours.items() if end not in (ANSWERED, AGAIN)}
    detail = f"of {ours[ANSWERED] + sum(faults.values())}, one request each {faults or ''}"
    return Figure(
        name=f"reloads: broken, {kind}",
        value=sum(faults.values()), unit="visits", limit=0, detail=detail,
    )  # fmt: skip


def _again(kind: str, seen: dict[str, Counter[str]]) -> Figure:
    """As many as by hand, within what such counts differ by; by HTTP/1.1 none."""
    hand, ours = (counts[AGAIN] for counts in seen.values())
    limit = hand and math.ceil(hand + 3 * math.sqrt(2 * hand))
    shown = ", ".join(f"{name} {n[AGAIN]} and {n[ANSWERED]} answered" for name, n in seen.items())
    return Figure(
        name=f"reloads: told to ask again, {kind}",
        value=ours, unit="visits", limit=limit, detail=shown,
    )  # fmt: skip
