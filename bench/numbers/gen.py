"""`homeport gen` with many containers: its memory, its calls to the Engine, its reloads."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Figure, median
from bench.lab import lab, say
from bench.proc import resident
from bench.recorder import Recorder
from homeport.proxy.gen.template import READY

MANY, SOME, FEW = 1000, 500, 10
MEMORY = 80
RELOADS, ROUTED = 10, 3.0
SECONDS = {FEW: 0.05, MANY: 0.15}  # from an event to the file


@dataclass(slots=True)
class Generator:
    """A running `homeport gen -watch`, its engine and its file."""

    engine: Recorder
    process: subprocess.Popen[bytes]
    out: Path

    def has(self, number: int) -> bool:
        return self.out.exists() and f"server_name site{number}.example;" in self.out.read_text()

    def await_site(self, number: int) -> float:
        """Return when the file has it: seconds."""
        began = time.perf_counter()
        while not self.has(number):
            if time.perf_counter() - began > 60 or self.process.poll() is not None:
                raise RuntimeError(f"site{number} is not in the file")
            time.sleep(0.001)
        return time.perf_counter() - began


def measure(quick: bool) -> list[Figure]:
    """With a recording engine, and the ready template for nginx."""
    times = 5 if quick else 20
    return [
        *_memory(),
        *_calls(FEW),
        *_calls(SOME),
        *_burst(),
        *_delays(FEW, times),
        *_delays(MANY, times),
    ]


def _memory() -> list[Figure]:
    say(f"memory at {MANY} containers")
    with _running(MANY) as generator:
        for number in range(MANY, MANY + 10):
            generator.engine.add(number)
            generator.await_site(number)
        memory = resident(generator.process.pid) / 1e6
    return [
        Figure(
            name="gen: memory", value=memory, unit="MB", limit=MEMORY, detail=f"{MANY} containers"
        )
    ]


def _calls(containers: int) -> list[Figure]:
    say(f"calls an event at {containers} containers")
    with _running(containers) as generator:
        before = len(generator.engine.asked) - generator.engine.count("/kill")
        for number in range(containers, containers + 10):
            generator.engine.add(number)
            generator.await_site(number)
        asked = len(generator.engine.asked) - generator.engine.count("/kill") - before
    name = f"gen: calls an event, {containers}"
    return [
        Figure(
            name=name,
            value=asked / 10,
            unit="calls",
            limit=1,
            detail="10 events; without the notification's",
        )
    ]


def _burst() -> list[Figure]:
    say(f"{MANY} containers at once")
    with _running(0) as generator:
        before = generator.engine.count("/kill")
        began = time.perf_counter()
        for number in range(MANY):
            generator.engine.add(number)
        while not all(generator.has(n) for n in (0, MANY // 2, MANY - 1)):
            time.sleep(0.005)
            if time.perf_counter() - began > 60:
                raise RuntimeError("the burst never came to an end")
        seconds = time.perf_counter() - began
        reloads = generator.engine.count("/kill") - before
    detail = f"{MANY} started at once"
    return [
        Figure(
            name="gen: reloads for a burst",
            value=reloads,
            unit="reloads",
            limit=RELOADS,
            detail=detail,
        ),
        Figure(
            name="gen: burst until in the file",
            value=seconds,
            unit="s",
            limit=ROUTED,
            detail=detail,
        ),
    ]


def _delays(containers: int, times: int) -> list[Figure]:
    say(f"from an event to the file at {containers} containers")
    samples = []
    with _running(containers) as generator:
        for number in range(containers, containers + times):
            generator.engine.add(number)
            samples.append(generator.await_site(number))
            time.sleep(0.05)
    name = f"gen: event to file, {containers}"
    return [median(name, samples, limit=SECONDS[containers])]


@contextlib.contextmanager
def _running(containers: int) -> Iterator[Generator]:
    with lab() as place, Recorder(place.folder / "docker.sock").open() as engine:
        for number in range(containers):
            engine.add(number)
        out = place.folder / "default.conf"
        options = ("-watch", "-only-exposed", "-notify-sighup", "nginx")
        argv = [
            sys.executable,
            "-m",
            "homeport",
            "gen",
            *options,
            str(READY / "nginx.tmpl"),
            str(out),
        ]
        env = {"DOCKER_HOST": f"unix://{engine.path}", "PATH": "/usr/bin:/bin"}
        process = subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL)
        try:
            generator = Generator(engine, process, out)
            _await_watching(generator, containers)
            yield generator
        finally:
            process.terminate()
            process.wait()


def _await_watching(generator: Generator, containers: int) -> None:
    """Until it has listed twice: once to begin with, once after it subscribed."""
    began = time.perf_counter()
    while generator.engine.count("/containers/json") < 2 or not generator.out.exists():
        if time.perf_counter() - began > 60:
            raise RuntimeError("homeport gen does not begin")
        time.sleep(0.01)
    if containers:
        generator.await_site(containers - 1)
    time.sleep(0.3)  # what is told first has been told
