"""Redeploys under load, and a second app that is added meanwhile: no request may fail."""

from __future__ import annotations

import time

from bench.figure import Figure
from bench.house import House, house
from bench.lab import say
from bench.load import Load, load

REDEPLOYS, QUICK = 10, 3
ENOUGH = 10_000  # requests below which no failure says little


def measure(quick: bool) -> list[Figure]:
    """Push again and again while 64 kept-alive connections ask as fast as they can."""
    with house() as home:
        found = _under_load(home, QUICK if quick else REDEPLOYS)
    failed = Figure(
        name="failed requests in redeploys",
        value=found.failed,
        unit="requests",
        limit=0,
        detail=str(found),
    )
    if found.requests < ENOUGH:
        raise RuntimeError(f"only {found.requests} requests: the load was no load")
    return [failed]


def _under_load(home: House, redeploys: int) -> Load:
    app = home.app("load")
    app.push()
    app.settle()
    with load(home.port, app.host) as found:
        for number in range(redeploys):
            say(f"redeploy {number + 1} of {redeploys}")
            app.push()
            if number == redeploys // 2:
                home.app("added").push()
        app.settle()
        time.sleep(1)
    return found
