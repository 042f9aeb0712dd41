"""`homeport ddns` as a program: from a change to the request, and what it costs meanwhile."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figure import Figure, median
from bench.lab import say
from bench.proc import cpu_seconds, resident
from tests.engine.ddclient_namespace import Namespace, answering, change_and_wait, keeping

WITHIN = 0.1  # seconds from an address on an interface to the request
MEMORY = 40  # MB
IDLE, NOTHING = 20, 0.0  # seconds that are looked at, and of the processor in them
ROUND = 0.3  # seconds of a run by itself that finds nothing to do


def measure(quick: bool) -> list[Figure]:
    """In a network namespace of its own, with a provider inside."""
    namespace = Namespace()
    with tempfile.TemporaryDirectory() as folder:
        try:
            namespace.start()
            return [*_daemon(namespace, Path(folder), quick), _once(Path(folder), quick)]
        finally:
            namespace.stop()


def _daemon(namespace: Namespace, folder: Path, quick: bool) -> list[Figure]:
    say("an address changes on an interface")
    with answering(namespace) as provider, keeping(namespace, folder) as process:
        assert provider.stdout
        provider.stdout.readline()
        took = [
            change_and_wait(namespace, provider, f"8.8.5.{number}")
            for number in range(1, 6 if quick else 31)
        ]
        say(f"idle for {IDLE} s")
        time.sleep(1)
        before = cpu_seconds(process.pid)
        time.sleep(IDLE)
        used, memory = cpu_seconds(process.pid) - before, resident(process.pid) / 1e6
    return [
        median("ddns: from the change to the request", took, limit=WITHIN),
        Figure(name="ddns: memory", value=memory, unit="MB", limit=MEMORY),
        Figure(
            name="ddns: processor while idle",
            value=used,
            unit="s",
            limit=NOTHING,
            detail=f"in {IDLE} s between two looks",
        ),
    ]


def _once(folder: Path, quick: bool) -> Figure:
    say("a run by itself that finds nothing to do")
    config = folder / "once.conf"
    config.write_text(
        "use=ip, ip=8.8.5.30, server=127.0.0.1:8080, login=me\npassword=pw a.example.org\n"
    )
    config.chmod(0o600)
    cache = folder / "once.cache"
    now = int(time.time())
    row = f"atime={now},host=a.example.org,ip=8.8.5.30,mtime={now},mx=,static=0,status=good"
    cache.write_text(f"## ddclient-3.10.0\n{row} a.example.org\n")
    words = [sys.executable, "-m", "homeport", "ddns", "-file", str(config), "-cache", str(cache)]
    took = []
    for _ in range(3 if quick else 15):
        begun = time.perf_counter()
        subprocess.run(words, check=True)
        took.append(time.perf_counter() - begun)
    return median("ddns: a run with nothing to do", took, limit=ROUND)
