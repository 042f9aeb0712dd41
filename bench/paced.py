"""Visitors at a pace below what a server can take, of several servers in turns.

`python -m bench.paced HOST RATE SECONDS ROUNDS ADDRESS...` prints, for each address, its turns: how
long each request took, in seconds. Visitors come by chance, as they do: in a round each server gets
the same ones. A request is sent when it is due, whoever else still waits: the connections are kept,
and are more than are needed.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence

from bench.lab import ROOT, environment
from bench.proc import goes_first

_CONNECTIONS = 32  # to each server
_WARM = 0.3  # seconds, of each server before the first turn
_LONGEST = 5.0  # seconds until a request has failed


def paced(
    addresses: Sequence[str], *, host: str, rate: int, seconds: float, rounds: int
) -> list[list[list[float]]]:
    """Ask in a process of its own: for each address, for each turn, seconds for each request."""
    numbers = [str(rate), str(seconds), str(rounds)]
    argv = [sys.executable, "-m", "bench.paced", host, *numbers, *addresses]
    done = subprocess.run(argv, check=True, cwd=ROOT, env=environment(), stdout=subprocess.PIPE)
    found: list[list[list[float]]] = json.loads(done.stdout)
    return found


class Visitors:
    """All who ask one server."""

    def __init__(self, address: str, host: str, port: int = 80) -> None:
        """Connect."""
        self._at = address, port
        self._request = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        self._idle = deque(socket.create_connection(self._at) for _ in range(_CONNECTIONS))
        self._asked: dict[socket.socket, float] = {}
        self._took: list[float] = []

    def turn(self, due: Sequence[float]) -> list[float]:
        """Ask at these times, in seconds from now; how long each took.

        Raises:
            RuntimeError: one was answered otherwise than by 200.
            TimeoutError: one was not answered.
        """
        self._took, began = [], time.perf_counter()
        for offset in due:
            self._take(began + offset)
            late = not self._idle  # by the server's fault: it counts
            self._take_until(_CONNECTIONS - 1)
            self._ask(began + offset if late else time.perf_counter())
        self._take_until(0)
        return self._took

    def close(self) -> None:
        """Nobody asks any more."""
        for connection in self._idle:
            connection.close()

    def _ask(self, since: float) -> None:
        # The one that was idle for the longest: all workers of a server are asked.
        connection = self._idle.popleft()
        self._asked[connection] = since
        connection.send(self._request)

    def _take(self, until: float) -> None:
        """The answers that come until then."""
        while (left := until - time.perf_counter()) > 0:
            self._receive(left)

    def _take_until(self, waiting: int) -> None:
        """The answers that come until no more than so many are waited for."""
        deadline = time.perf_counter() + _LONGEST
        while len(self._asked) > waiting:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{len(self._asked)} requests were not answered")
            self._receive(_LONGEST)

    def _receive(self, longest: float) -> None:
        for connection in select.select(list(self._asked), [], [], longest)[0]:
            answer = connection.recv(4096)
            self._took.append(time.perf_counter() - self._asked.pop(connection))
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"answered {answer[:80]!r}")
            self._idle.append(self._kept(connection, answer))

    def _kept(self, connection: socket.socket, answer: bytes) -> socket.socket:
        """A server that was asked a thousand times says that it closes."""
        if b"\r\nConnection: close\r\n" not in answer:
            return connection
        connection.close()
        return socket.create_connection(self._at)


def arrivals(chance: random.Random, rate: int, seconds: float) -> list[float]:
    """When visitors come who know nothing of one another: seconds from now."""
    due, at = list[float](), chance.expovariate(rate)
    while at < seconds:
        due.append(at)
        at += chance.expovariate(rate)
    return due


def main(host: str, rate: int, seconds: float, rounds: int, addresses: Sequence[str]) -> None:
    """All turns. In an order by chance: who has two in a row finds the caches as it left them."""
    goes_first(os.getpid())
    gc.disable()
    visitors, chance = [Visitors(address, host) for address in addresses], random.Random(1)
    for each in visitors:
        each.turn(arrivals(chance, rate, _WARM))
    found: list[list[list[float]]] = [[] for _ in addresses]
    for _ in range(rounds):
        due = arrivals(chance, rate, seconds)
        for index in chance.sample(range(len(visitors)), len(visitors)):
            found[index].append(visitors[index].turn(due))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
