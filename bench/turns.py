"""A client that stands still while it is the other's turn: two servers, a tenth of a second each.

Turns that short, and many of them, are all of the same machine: what else runs on it slows both
sides of a pair down. Connections are kept over the pause.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST = 600  # seconds after which a client ends by itself
_SETTLED = 0.015  # seconds in which a server answers what was asked before its client stood still


@dataclass(frozen=True, slots=True)
class Server:
    """One nginx: by its own address for http, by a port of loopback for https."""

    name: str  # of its container
    address: str
    port: int
    pid: int  # of its master

    def seconds(self) -> float:
        """The time that its workers took of the processors until now, in kernel and program."""
        spent = (Path(f"/proc/{one}/schedstat").read_text().split()[0] for one in self.workers())
        return sum(map(int, spent)) / 1e9

    def workers(self) -> list[int]:
        """The processes that answer."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return list(map(int, children.split()))

    def accepted(self) -> int:
        """How many connections were made to it since it began, as its kernel counts."""
        names, values = (
            line.split() for line in self._snmp().splitlines() if line.startswith("Tcp:")
        )
        return int(values[names.index("PassiveOpens")])

    def _snmp(self) -> str:
        return Path(f"/proc/{self.pid}/net/snmp").read_text()


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn gave: requests a second, and nginx's own seconds for one."""

    rate: float
    each: float


class Client:
    """A program that asks a server without end, whenever it is its turn."""

    def __init__(self, server: Server, command: Sequence[str]) -> None:
        """It stands still until its first turn."""
        self._server = server
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.turn(1.0)  # connections are made, caches are warm

    def turn(self, seconds: float) -> Turn:
        """Ask for so long."""
        before, asked, began = self._server.seconds(), self.asked(), time.perf_counter()
        self.process.send_signal(signal.SIGCONT)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGSTOP)
        lasted = time.perf_counter() - began
        time.sleep(_SETTLED)
        requests = self.asked() - asked
        if not requests and self.process.poll() is None:
            return self.turn(seconds)  # the disk or the processor was somebody else's all the time
        return Turn(requests / lasted, (self._server.seconds() - before) / requests)

    def asked(self) -> int:
        """How many requests were sent: each is one write(2)."""
        said = Path(f"/proc/{self.process.pid}/io").read_text()
        return int(said.partition("syscw: ")[2].split()[0])

    def end(self) -> None:
        """At once."""
        self.process.kill()
        self.process.wait()


class Connecting(Client):
    """One that makes a connection for each request."""

    def asked(self) -> int:
        """How many requests were sent: the server counts the connections."""
        return self._server.accepted()


def kept(server: Server, host: str) -> Client:
    """wrk with one thread and 32 connections, all of them kept."""
    command = ["wrk", "-t1", "-c32", f"-d{LONGEST}s", "-H", f"Host: {host}"]
    return Client(server, [*command, f"http://{server.address}/"])


def turns(
    pair: Sequence[Server],
    begin: Callable[[Server], Client],
    *,
    rounds: int,
    seconds: float,
) -> tuple[list[Turn], list[Turn]]:
    """The turns of two servers: A B, then B A, then A B again."""
    with _standing(pair, begin) as (one, other):
        found: dict[Client, list[Turn]] = {one: [], other: []}
        for number in range(rounds):
            for client in (one, other) if number % 2 == 0 else (other, one):
                found[client].append(client.turn(seconds))
        return found[one], found[other]


@contextlib.contextmanager
def _standing(pair: Sequence[Server], begin: Callable[[Server], Client]) -> Iterator[list[Client]]:
    started: list[Client] = []
    try:
        for server in pair:
            started.append(begin(server))  # noqa: PERF401 - so that all end that were started
        yield started
    finally:
        for client in started:
            client.end()
