"""How soon homeport-proxy and the daemon route; what the image's requests and changes cost."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Sequence

from bench.dropin import KINDS, Proxy, application, build, by_hand, serving
from bench.figure import Figure, median, spread
from bench.lab import Lab, docker, lab, run, say
from bench.load import load
from bench.proc import resident
from bench.ready import routed_by_the_daemon

MANY, FEW = 1000, 10
MEMORY, RELOADS, ROUTED = 80, 10, 3.0
SECONDS = {FEW: 0.05, MANY: 0.15}  # from ready to the first 200
CHANGES = 100
_APART = 0.6  # seconds between two changes: each comes alone


def measure(quick: bool) -> list[Figure]:
    """With a recording engine, a real nginx, and an application that answers at once."""
    with lab() as place:
        build()
        app, times = application(place), 4 if quick else 8
        return [
            *_few(place, app, times),
            *_many(place, app, times),
            *routed_by_the_daemon(FEW, SECONDS[FEW], times - 2),
            *routed_by_the_daemon(MANY, SECONDS[MANY], times - 2),
            *_speed(place, app, 4 if quick else 12),
        ]


def _few(place: Lab, app: str, times: int) -> list[Figure]:
    with serving(place, app, FEW) as proxy:
        return [*_routed(proxy, FEW, times), *_changes(proxy)]


def _many(place: Lab, app: str, times: int) -> list[Figure]:
    """All but one of the hosts are started at once; the rest is measured with them."""
    with serving(place, app, 1) as proxy:
        figures = [*_burst(proxy), *_routed(proxy, MANY, times)]
        pid = int(docker("inspect", "-f", "{{.State.Pid}}", proxy.name))
        detail = f"the generator's, {MANY} containers"
        return [*figures, _figure("proxy: memory", resident(pid) / 1e6, "MB", MEMORY, detail)]


def _routed(proxy: Proxy, hosts: int, times: int) -> list[Figure]:
    say(f"from ready to the first 200 at {hosts} hosts")
    asked, samples = len(proxy.engine.asked), {}
    for turn, kind in enumerate(KINDS):
        samples[kind] = _first_answers(proxy, hosts + turn * times, times, kind)
    calls = (len(proxy.engine.asked) - asked) / (len(KINDS) * times)
    samples["https, booted"] = _booted(proxy, hosts + len(KINDS) * times, times)
    return [
        *(
            median(f"proxy: ready to first 200, {hosts}, {kind}", found, limit=SECONDS[hosts])
            for kind, found in samples.items()
        ),
        _figure(
            f"proxy: calls an event, {hosts}", calls, "calls", 1, f"{len(KINDS) * times} events"
        ),
    ]


def _first_answers(proxy: Proxy, first: int, times: int, kind: str) -> list[float]:
    samples = []
    for number in range(first, first + times):
        proxy.engine.add(number, *KINDS[kind][0])
        samples.append(proxy.await_site(number, kind))
        time.sleep(_APART)
    return samples


def _booted(proxy: Proxy, first: int, times: int) -> list[float]:
    """Of one that took half a second to boot: nginx has read of it by then."""
    samples = []
    for number in range(first, first + times):
        proxy.engine.add(number, *KINDS["https"][0], boots=True)
        time.sleep(0.5)
        proxy.engine.healthy(number)
        samples.append(proxy.await_site(number, "https"))
        time.sleep(_APART)
    return samples


def _burst(proxy: Proxy) -> list[Figure]:
    say(f"{MANY} containers at once")
    before, began = proxy.reloads, time.perf_counter()
    for number in range(1, MANY):
        proxy.engine.add(number)
    for number in (1, MANY // 2, MANY - 1):
        proxy.await_site(number)
    seconds = time.perf_counter() - began
    time.sleep(1)
    detail = f"{MANY} started at once"
    return [
        _figure("proxy: reloads for a burst", proxy.reloads - before, "reloads", RELOADS, detail),
        _figure("proxy: burst until all are served", seconds, "s", ROUTED, detail),
    ]


def _changes(proxy: Proxy) -> list[Figure]:
    say(f"{CHANGES} changes under load")
    before, first = proxy.reloads, len(proxy.engine.containers)
    with load(proxy.port, "site0.example") as seen:
        for number in range(first, first + CHANGES):
            proxy.engine.add(number)
            time.sleep(0.12)
    detail = f"{seen}, {proxy.reloads - before} reloads, 64 kept connections"
    return [_figure("proxy: broken in 100 changes", seen.failed, "requests", 0, detail)]


def _speed(place: Lab, app: str, pairs: int) -> list[Figure]:
    """Interleaved with an nginx of the same image that is configured by hand; neither logs."""
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "hand": []}
    quiet = ("-e", "DISABLE_ACCESS_LOGS=1")
    say("requests a second")
    with serving(place, app, FEW, *quiet) as proxy, by_hand(place, app) as port:
        for pair in range(pairs):
            turn = [("ours", proxy.port), ("hand", port)]
            for name, at in turn if pair % 2 else reversed(turn):
                found[name].append(_wrk(at))
    rates = {name: [rate for rate, _ in those] for name, those in found.items()}
    tails = {name: [tail for _, tail in those] for name, those in found.items()}
    # Of neighbours: the box is not as fast all the time.
    rate = _median_ratio(rates["hand"], rates["ours"])
    tail = _median_ratio(tails["ours"], tails["hand"])
    shown = ", ".join(f"{name} {statistics.median(rates[name]):.0f}/s" for name in rates)
    p99 = ", ".join(f"{name} {spread(tails[name])}" for name in tails)
    return [
        _figure(
            "proxy: by hand, requests a second", rate, "x", 1 / 0.97, f"{shown}, {pairs} pairs"
        ),
        _figure("proxy: p99 to that by hand", tail, "x", 1.1, f"{p99}, {pairs} pairs"),
    ]


def _median_ratio(those: Sequence[float], to: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(those, to, strict=True))


def _wrk(port: int) -> tuple[float, float]:
    """Requests a second, and the slowest of a hundred in seconds."""
    argv = ("wrk", "-t2", "-c64", "-d1s", "--latency", "-H", "Host: site0.example")
    said = run(*argv, f"http://127.0.0.1:{port}/")
    rate = float(re.findall(r"Requests/sec: +([\d.]+)", said)[0])
    number, unit = re.findall(r"99% +([\d.]+)(us|ms|s)", said)[0]
    return rate, float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[unit]


def _figure(name: str, value: float, unit: str, limit: float, detail: str) -> Figure:
    return Figure(name=name, value=value, unit=unit, limit=limit, detail=detail)
