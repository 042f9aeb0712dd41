"""wrk that stands still while it is the other's turn: two servers, a tenth of a second each.

Turns that short, and many of them, are all of the same machine: what else runs on it slows both
sides of a pair down. wrk keeps its connections over the pause.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST = 600  # seconds after which wrk ends by itself
_SETTLED = 0.015  # seconds in which a server answers what was asked before wrk stood still


@dataclass(frozen=True, slots=True)
class Server:
    """One nginx: by its own address for http, by a port of loopback for https."""

    name: str  # of its container
    address: str
    port: int
    pid: int  # of its master

    def seconds(self) -> float:
        """The time that its workers took of the processors until now, in kernel and program."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        spent = (Path(f"/proc/{child}/schedstat").read_text().split()[0] for child in children)
        return sum(map(int, spent)) / 1e9


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn gave: requests a second, and nginx's own seconds for one."""

    rate: float
    each: float
    tail: float = 0.0  # the slowest of a hundred, in seconds, where wrk itself was asked


class Wrk:
    """One thread, 32 connections, all of them kept."""

    def __init__(self, server: Server, host: str) -> None:
        """It stands still until its first turn."""
        command = ["wrk", "-t1", "-c32", f"-d{LONGEST}s", "-H", f"Host: {host}"]
        self._server = server
        self._process = subprocess.Popen(
            [*command, f"http://{server.address}/"], stdout=subprocess.DEVNULL
        )
        self.turn(1.0)  # connections are made, caches are warm

    def turn(self, seconds: float) -> Turn:
        """Ask for so long."""
        before, asked, began = self._server.seconds(), self._asked(), time.perf_counter()
        self._process.send_signal(signal.SIGCONT)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGSTOP)
        lasted = time.perf_counter() - began
        time.sleep(_SETTLED)
        requests = self._asked() - asked
        if not requests and self._process.poll() is None:
            return self.turn(seconds)  # the disk or the processor was somebody else's all the time
        return Turn(requests / lasted, (self._server.seconds() - before) / requests)

    def end(self) -> None:
        """At once."""
        self._process.kill()
        self._process.wait()

    def _asked(self) -> int:
        """How many requests it sent: each is one write(2)."""
        said = Path(f"/proc/{self._process.pid}/io").read_text()
        return int(said.partition("syscw: ")[2].split()[0])


def turns(
    pair: Sequence[Server], host: str, *, rounds: int, seconds: float
) -> tuple[list[Turn], list[Turn]]:
    """The turns of two servers: A B, then B A, then A B again."""
    with _standing(pair, host) as (one, other):
        found: dict[Wrk, list[Turn]] = {one: [], other: []}
        for number in range(rounds):
            for wrk in (one, other) if number % 2 == 0 else (other, one):
                found[wrk].append(wrk.turn(seconds))
        return found[one], found[other]


@contextlib.contextmanager
def _standing(pair: Sequence[Server], host: str) -> Iterator[list[Wrk]]:
    started: list[Wrk] = []
    try:
        for server in pair:
            started.append(Wrk(server, host))  # noqa: PERF401 - so that all end that were started
        yield started
    finally:
        for wrk in started:
            wrk.end()
