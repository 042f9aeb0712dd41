"""From `docker run` to https, against a real authority and a real name server."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench.figure import Figure, median
from bench.lab import lab, say
from tests.e2e.town import HttpsVisitors, Town

TIMES, MANY, RENEWED = 5, 50, 20
ONE_GO, ALL, AT_ONCE = 3.0, 60.0, 5  # seconds, seconds, orders


def measure(quick: bool) -> list[Figure]:
    """One after the other, then many at once, then their renewal under load."""
    with _town() as town:
        one_go = [_one_go(town, number) for number in range(2 if quick else TIMES)]
        hosts = [town.host() for _ in range(10 if quick else MANY)]
        before = town.pebble.orders()
        seconds = _many(town, hosts)
        placed = town.pebble.orders() - before
        renewed = _renewals(town, hosts[:RENEWED])
        found = town.events()
    together = Figure(name="orders at a time", value=_together(found), unit="", limit=AT_ONCE)
    return [
        median("docker run to https", one_go, limit=ONE_GO),
        Figure(name=f"{len(hosts)} hosts at once", value=seconds, unit="s", limit=ALL),
        together,
        Figure(name="orders placed twice", value=placed - len(hosts), unit="", limit=0),
        renewed,
    ]


@contextlib.contextmanager
def _town() -> Iterator[Town]:
    with lab() as place:
        town = Town(place.folder)
        try:
            town.start()
            yield town
        finally:
            town.stop()


def _one_go(town: Town, number: int) -> float:
    say(f"docker run {number + 1}")
    host, began = town.host(), time.monotonic()
    town.run(host)
    _until(lambda: town.answers(host))
    return time.monotonic() - began


def _many(town: Town, hosts: Sequence[str]) -> float:
    say(f"docker run of {len(hosts)}")
    began = time.monotonic()
    for host in hosts:
        town.run(host)
    left = list(hosts)
    while left:
        # Asking takes a processor, too: one at a time, and each until it answers.
        _until(lambda: town.answers(left[0]))
        left.pop(0)
    return time.monotonic() - began


def _renewals(town: Town, hosts: Sequence[str]) -> Figure:
    say(f"renewal of {len(hosts)}")
    before = {host: town.serial(host) for host in hosts}
    with HttpsVisitors(town, list(hosts[:8])) as visits:
        for host in hosts:
            town.house.homeport("cert", "renew", host)
        _until(lambda: all(town.serial(host) != before[host] for host in hosts))
        time.sleep(1)
    detail = f"of {visits.count} requests on kept connections; {', '.join(visits.failures[:3])}"
    return Figure(
        name=f"renewal of {len(hosts)}, failed requests",
        value=len(visits.failures),
        unit="",
        limit=0,
        detail=detail.rstrip("; "),
    )


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("https does not answer after 180 s")
        time.sleep(0.05)


def _together(events: Sequence[dict[str, Any]]) -> int:
    """How many orders were under way at most, by the events that begin and end them."""
    now = most = 0
    for one in events:
        now += one["event"] == "CertificateOrdered"
        now -= one["event"] in ("HttpsLive", "CertificateFailed")
        most = max(most, now)
    return most
