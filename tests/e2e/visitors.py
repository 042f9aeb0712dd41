"""Visitors who ask all the time, and remember every request that failed."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Visits:
    """What they saw: bodies, and failures."""

    bodies: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    count: int = 0
    longest: float = 0.0  # seconds that one of them waited for an answer


@contextlib.contextmanager
def visitors(port: int, host: str, *, pause: float = 0.005) -> Iterator[Visits]:
    """One on a connection that is kept, one on a new connection each time, one who dawdles."""
    visits, over = Visits(), threading.Event()
    threads = [
        threading.Thread(target=_visit, args=(port, host, visits, over, *how))
        for how in ((True, pause), (False, pause), (True, 1.0))
    ]
    for thread in threads:
        thread.start()
    try:
        yield visits
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _visit(
    port: int, host: str, visits: Visits, over: threading.Event, keep: bool, pause: float
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not over.is_set():
        began = time.monotonic()
        try:
            connection.request("GET", "/", headers={"Host": host})
            response = connection.getresponse()
            body = response.read().decode()
            visits.count += 1
            visits.longest = max(visits.longest, time.monotonic() - began)
            if response.status == 200:
                visits.bodies.add(body)
            else:
                visits.failures.append(f"{response.status} {body[:80]}")
        except (OSError, http.client.HTTPException) as error:
            visits.failures.append(repr(error))
            connection.close()
        if not keep:
            connection.close()
        time.sleep(pause)
    connection.close()
