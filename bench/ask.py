"""Asking a proxy on loopback, as a visitor would."""

from __future__ import annotations

import contextlib
import http.client
import queue
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

STEP = 0.01  # seconds between two questions: as exact as `until` is


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that was read whole, and when (`time.time()`)."""

    status: int
    body: str
    at: float


def ask(port: int, host: str, path: str = "/", *, timeout: float = 10.0) -> Answer | None:
    """GET a page; None where the connection was refused, broke or took too long."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
        return Answer(response.status, body, time.time())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def until(
    port: int,
    host: str,
    begins: str,
    *,
    deadline: float = 90.0,
    hopeless: Callable[[], bool] = lambda: False,
) -> Answer:
    """Ask again and again until the page begins with these words; the first such answer.

    A question does not wait for the one before: one that hangs, because its container was taken
    away, says nothing about when the next would have been answered.

    Raises:
        TimeoutError: it never did, or cannot any more; what it said last is in the message.
    """
    answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
    end, last = time.monotonic() + deadline, None
    with _pool() as pool:
        while time.monotonic() < end and not hopeless():
            pool.submit(lambda: answers.put(ask(port, host, timeout=1.0)))
            time.sleep(STEP)
            for last in _arrived(answers):
                if last and last.status == 200 and last.body.startswith(begins):
                    return last
    raise TimeoutError(f"{host} did not answer {begins!r} within {deadline} s: {last}")


@contextlib.contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(256)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _arrived(answers: queue.SimpleQueue[Answer | None]) -> Iterator[Answer | None]:
    while not answers.empty():
        yield answers.get()
