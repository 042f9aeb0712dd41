"""Remotes are looked at now and then, which finds what a webhook lost, and when a webhook comes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from homeport.errors import HomeportError, NotFound
from homeport.events import Record, RemoteBack, RemoteLost
from homeport.source.poll import next_look

_FIRST = 5.0  # seconds after the start
_TOGETHER = 4  # looks at once


class Seen(Protocol):
    """What a look found."""

    @property
    def refs(self) -> tuple[str, ...]:
        """What moved."""

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs that were queued for it."""


class Look(Protocol):
    """A look at the remote of an app."""

    def __call__(self, name: str, by: str, *, fetches: bool) -> Awaitable[Seen]:
        """Deal with what moved; see delivery/following."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the watch is handed."""

    followed: Callable[[], Iterable[str]]  # the apps that have a remote
    look: Look
    record: Record
    every: float  # seconds; 0: only when a webhook comes


class RemoteWatch:
    """Looks, and remembers which remotes are down."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._failures: dict[str, int] = {}
        self._told: set[str] = set()  # whose remote was said to be down
        self._due: dict[str, float] = {}  # app -> when to look, by the monotonic clock
        self._looking: set[asyncio.Task[Seen]] = set()
        self._few = asyncio.Semaphore(_TOGETHER)
        self._wake = asyncio.Event()

    def look(self, app: str, by: str) -> asyncio.Task[Seen]:
        """Look now, because a webhook says that something moved; it goes on whoever waits."""
        return self._start(app, by, fetches=True)

    def changed(self, app: str) -> None:
        """The remote of an app was set, or is gone: look as soon as may be."""
        self._told.discard(app)
        self._due[app] = time.monotonic()
        self._wake.set()

    async def run(self) -> None:
        """Look, for ever."""
        first = time.monotonic() + _FIRST
        while True:
            self._wake.clear()
            followed = set(self._parts.followed())
            self._due = {a: self._due.get(a, max(first, time.monotonic())) for a in followed}
            for app in followed:
                self._look_if_due(app)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()

    def _look_if_due(self, app: str) -> None:
        if self._due[app] <= time.monotonic():
            self._due[app] = float("inf")  # until this look has ended
            self._start(app, "poll", fetches=False)

    def _pause(self) -> float | None:
        soonest = min(self._due.values(), default=float("inf"))
        return None if soonest == float("inf") else max(0.0, soonest - time.monotonic())

    def _start(self, app: str, by: str, *, fetches: bool) -> asyncio.Task[Seen]:
        task = asyncio.create_task(self._look(app, by, fetches=fetches), name=f"look {app}")
        self._looking.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Seen]) -> None:
        self._looking.discard(task)
        if not task.cancelled():
            task.exception()  # it was recorded; nobody may be waiting for it
        self._wake.set()

    async def _look(self, app: str, by: str, *, fetches: bool) -> Seen:
        try:
            async with self._few if not fetches else contextlib.nullcontext():
                seen = await self._parts.look(app, by, fetches=fetches)
        except NotFound:
            self._due.pop(app, None)
            raise
        except HomeportError as error:
            self._failed(app, error)
            raise
        except Exception as error:  # a fault of ours stops no other look
            self._failed(app, HomeportError(f"homeport itself failed: {error!r}"))
            raise
        self._told.discard(app)
        if self._failures.pop(app, 0):
            self._parts.record(RemoteBack(app=app))
        self._due[app] = time.monotonic() + next_look(self._parts.every, 0)
        return seen

    def _failed(self, app: str, error: HomeportError) -> None:
        """Told once, and looked at again after a pause that grows."""
        failures = self._failures[app] = self._failures.get(app, 0) + 1
        self._due[app] = time.monotonic() + next_look(self._parts.every, failures)
        if app not in self._told:
            self._told.add(app)
            self._parts.record(RemoteLost(app=app, reason=error.message, hint=error.hint))
