"""Jobs of pipelines: how soon one speaks, how fast a long log streams, and many pushes at once."""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.figure import Figure, spread
from bench.house import COMMAND, App, House, house
from bench.lab import docker, say
from bench.proc import resident
from bench.repository import git_environment
from bench.steady import visits

PAIRS, QUICK = 7, 3
LINES, READERS = 1_000_000, 5
APPS, QUICK_APPS = 20, 6
RATE = 50  # requests a second
IMAGE = "buildpack-deps:bookworm-scm"


def measure(quick: bool) -> list[Figure]:
    """With one homeport for all three."""
    with house() as home:
        app = home.app("jobs")
        return [
            _first_line(app, QUICK if quick else PAIRS),
            *_long_log(app, LINES // 10 if quick else LINES),
            *_many(home, QUICK_APPS if quick else APPS),
        ]


# --- how soon a job speaks


def _first_line(app: App, pairs: int) -> Figure:
    samples: dict[str, list[float]] = {"push": [], "docker run": []}
    for number in range(pairs):
        say(f"first line {number + 1} of {pairs}")
        samples["push"].append(_until_first_line(app))
        samples["docker run"].append(_docker_run())
    beyond = [p - d for p, d in zip(*samples.values(), strict=True)]
    shown = ", ".join(f"{name} {spread(values)}" for name, values in samples.items())
    return Figure(
        name="a job's first line, beyond docker run",
        value=sorted(beyond)[len(beyond) // 2],
        unit="s",
        limit=1.0,
        detail=f"{shown}, {pairs} pairs",
        samples=samples,
    )


def _until_first_line(app: App) -> float:
    _write(app, "language: generic\nscript: echo it speaks; false\n")
    began = time.monotonic()
    with _pushing(app) as push:
        assert push.stderr
        for line in push.stderr:
            if "] it speaks" in line:
                return time.monotonic() - began
    raise RuntimeError("the job said nothing")


def _docker_run() -> float:
    began = time.monotonic()
    docker("run", "--rm", IMAGE, "bash", "-c", "echo it speaks")
    return time.monotonic() - began


# --- how fast a log streams


def _long_log(app: App, lines: int) -> list[Figure]:
    say(f"a log of {lines} lines, {READERS} readers")
    _write(app, f"language: generic\nscript: sleep 3; seq {lines}; false\n")
    largest = _Largest(app.house.daemon.pid)
    with _pushing(app), largest.watched():
        number = _running(app)
        with ThreadPoolExecutor(READERS) as pool:
            times = list(pool.map(lambda _: _read(app, number, lines), range(READERS)))
    slowest = max(times)
    return [
        Figure(
            name="a log of a million lines, to 5 readers",
            value=slowest * LINES / lines,
            unit="s",
            limit=LINES / 50_000,
            detail=f"{lines / slowest:.0f} lines a second to the slowest of {READERS}",
        ),
        Figure(
            name="the daemon meanwhile",
            value=largest.bytes / 1e6,
            unit="MB",
            limit=120,
            detail="its largest resident memory",
        ),
    ]


def _read(app: App, number: int, lines: int) -> float:
    """Seconds from the first number to the last."""
    argv = [str(COMMAND), "run", "logs", str(number), "-f"]
    pipe = subprocess.PIPE
    first = 0.0
    last = f"] {lines}\n"
    with subprocess.Popen(argv, env=app.house.env, stdout=pipe, text=True) as reader:
        assert reader.stdout
        for line in reader.stdout:
            if not first and line.endswith("] 1\n"):
                first = time.monotonic()
            if line.endswith(last):
                return time.monotonic() - first
    raise RuntimeError(f"line {lines} never came")


class _Largest:
    """The largest resident memory of a process, looked at twenty times a second."""

    def __init__(self, pid: int) -> None:
        self._pid, self.bytes = pid, 0

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.05):
                self.bytes = max(self.bytes, resident(self._pid))

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


# --- many pushes at once


def _many(home: House, apps: int) -> list[Figure]:
    live = home.app("live")
    live.push()
    live.settle()
    made = [home.app(f"many{number}") for number in range(apps)]
    for app in made:
        _write(app, "language: generic\nscript: 'true'\n")
    say("the live site alone")
    with visits(home.port, live.host, RATE) as idle:
        time.sleep(10)
    say(f"{apps} pushes at once")
    began = time.monotonic()
    with visits(home.port, live.host, RATE) as busy, ThreadPoolExecutor(apps) as pool:
        went = list(pool.map(_went_live, made))
        took = time.monotonic() - began
    delay = 1000 * (_p99(busy) - _p99(idle))
    shown = f"p99 {1000 * _p99(idle):.1f} ms alone, {1000 * _p99(busy):.1f} ms meanwhile"
    return [
        Figure(
            name=f"of {apps} pushes at once, lost",
            value=went.count(False),
            unit="pushes",
            limit=0,
            detail=f"the last was live after {took:.1f} s",
        ),
        Figure(
            name="a live site's p99 beyond idle",
            value=delay,
            unit="ms",
            limit=25,
            detail=f"{shown}, {len(busy)} requests at {RATE} a second",
        ),
    ]


def _went_live(app: App) -> bool:
    with _pushing(app) as push:
        _, said = push.communicate(timeout=600)
    if push.returncode:
        say(f"{app.name} was lost:\n{said[-600:]}")
    return push.returncode == 0


def _p99(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[math.ceil(0.99 * len(ordered)) - 1]


# --- pushes


def _write(app: App, text: str) -> None:
    (app.repository.folder / ".travis.yml").write_text(text)
    app.repository.commit()


@contextlib.contextmanager
def _pushing(app: App) -> Iterator[subprocess.Popen[str]]:
    """Push meanwhile; what it says is on its stderr, line by line."""
    argv = ["git", "push", app.remote, "main:main"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        argv,
        cwd=app.repository.folder,
        env=git_environment(),
        stdin=subprocess.DEVNULL,
        stderr=pipe,
        text=True,
    ) as push:
        try:
            yield push
            push.communicate(timeout=300)
        except BaseException:
            push.kill()
            raise


def _running(app: App) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        runs: list[dict[str, Any]] = json.loads(app.house.homeport("runs", app.name, "--json"))
        if runs and runs[0]["state"] == "running":
            return int(runs[0]["number"])
        time.sleep(0.05)
    raise TimeoutError("no run began")
