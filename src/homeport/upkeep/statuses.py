"""Forges are told how their commits fare: a rendering of events, which delays no run.

A forge that is down is asked again, a few times; of what is said about a commit meanwhile only the
newest is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from homeport.errors import HomeportError, Unavailable
from homeport.events import (
    Record,
    Recorded,
    RemoteBack,
    RunFinished,
    RunQueued,
    RunStarted,
    StatusLost,
)
from homeport.source.statuses import Request, Status

_PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0)  # seconds before it is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What reporting is handed."""

    follow: Callable[[int], AsyncIterator[Recorded]]  # events after an id, without an end
    begin: Callable[[], int]  # the event after which nothing was reported yet
    reported: Callable[[int], None]  # all was, up to this event
    status: Callable[[int], Status | None]  # of a run; None where nobody is told
    request: Callable[[str, Status], Request | None]  # for an app's forge
    send: Callable[[Request], Awaitable[None]]
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """What a forge is to be told."""

    event: int
    run: int
    status: Status


class StatusReporter:
    """Follows the events of runs; each app's forge is told by a task of its own."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._waiting: dict[str, dict[tuple[str, str], _Waiting]] = {}
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, asyncio.Event] = {}  # app -> set when its forge is back
        self._told: dict[str, str] = {}  # app -> the reason that was told of

    async def run(self) -> None:
        """Report, for ever."""
        async for recorded in self._parts.follow(self._parts.begin()):
            if isinstance(recorded.event, RunQueued | RunStarted | RunFinished):
                self._take(recorded)
            elif isinstance(recorded.event, RemoteBack):
                self._again.setdefault(recorded.event.app, asyncio.Event()).set()

    def _take(self, recorded: Recorded) -> None:
        app, run = recorded.event.app, recorded.event.run
        status = self._parts.status(run)
        if status is None:
            return
        one = _Waiting(event=recorded.id, run=run, status=status)
        self._waiting.setdefault(app, {})[status.commit, status.context] = one
        if app not in self._telling:
            self._telling[app] = asyncio.create_task(self._tell(app), name=f"statuses {app}")

    async def _tell(self, app: str) -> None:
        """Until nothing waits. What comes meanwhile takes the place of what it overtakes."""
        waiting, failures = self._waiting[app], 0
        try:
            while waiting:
                key, one = next(iter(waiting.items()))
                if await self._sent(app, one, last=failures == len(_PAUSES)):
                    failures = 0
                    if waiting.get(key) is one:
                        del waiting[key]
                    self._reported(one.event)
                else:
                    await self._pause(app, _PAUSES[failures])
                    failures += 1
        finally:
            del self._telling[app]

    async def _pause(self, app: str, seconds: float) -> None:
        again = self._again[app] = asyncio.Event()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await again.wait()

    async def _sent(self, app: str, one: _Waiting, *, last: bool) -> bool:
        """Whether it is done with: told, refused for good, or tried often enough."""
        request = self._parts.request(app, one.status)
        try:
            if request:
                await self._parts.send(request)
        except Unavailable as error:
            if not last:
                return False
            self._lost(app, one, error)
            return True
        except HomeportError as error:
            self._lost(app, one, error)
            return True
        self._told.pop(app, None)
        return True

    def _lost(self, app: str, one: _Waiting, error: HomeportError) -> None:
        """Told once for each reason."""
        if self._told.get(app) != error.message:
            self._told[app] = error.message
            lost = StatusLost(app=app, run=one.run, reason=error.message, hint=error.hint)
            self._parts.record(lost)

    def _reported(self, event: int) -> None:
        """All before the oldest that waits is done with."""
        waits = [one.event for of_app in self._waiting.values() for one in of_app.values()]
        self._parts.reported(min(waits) - 1 if waits else event)
