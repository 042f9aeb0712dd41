"""What the daemon takes while nothing happens."""

from __future__ import annotations

import time

from bench.figure import Figure
from bench.house import House, house
from bench.lab import say
from bench.proc import cpu_seconds, family, resident

SECONDS, QUICK = 60, 15
MEMORY, CPU = 64, 0.2


def measure(quick: bool) -> list[Figure]:
    """With two apps live: memory after the wait, CPU time during it, children included."""
    with house() as home:
        for name in ("one", "two"):
            app = home.app(name)
            app.push()
            app.settle()
        say("settling")
        time.sleep(10)
        return _watch(home, QUICK if quick else SECONDS)


def _watch(home: House, seconds: int) -> list[Figure]:
    say(f"idle for {seconds} s")
    pid = home.daemon.pid
    before = cpu_seconds(pid)
    time.sleep(seconds)
    used = (cpu_seconds(pid) - before) / seconds * 100
    processes = family(pid)
    memory = sum(resident(one) for one in processes) / 1e6
    detail = f"after {seconds} s with 2 apps, processes: {len(processes)}"
    return [
        Figure(name="idle memory", value=memory, unit="MB", limit=MEMORY, detail=detail),
        Figure(name="idle CPU", value=used, unit="% of a core", limit=CPU, detail=detail),
    ]
