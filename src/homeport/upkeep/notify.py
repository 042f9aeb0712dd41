"""Word is sent of what a person should know; a server that is down is asked again, a few times.

Each address has a task of its own: one that hangs delays no other. What is said twice within an
hour is sent once, and of a flood the rest is counted.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

from homeport.errors import HomeportError, Unavailable
from homeport.events import NotifyLost, Record, Recorded, RunFinished
from homeport.upkeep.notices import Address, Notice, Request, becomes_broken, notice_of, request_of

_PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0)  # seconds before it is tried again
_SILENCE = 3600.0  # seconds for which the same is not said again
_WAIT = 20  # notices that wait for one address; what is more is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What notifying is handed."""

    addresses: tuple[Address, ...]
    follow: Callable[[int], AsyncIterator[Recorded]]  # events after an id, without an end
    begin: Callable[[], int]  # the event after which nothing was said yet
    said: Callable[[int], None]  # all was said, up to this event
    broken: Callable[[], set[str]]  # the apps whose last run failed
    goes_live: Callable[[int], bool]  # whether a run is one that is meant to
    post: Callable[[Request], Awaitable[int]]  # the status of its answer; Unavailable
    record: Record
    clock: Callable[[], float] = time.monotonic
    pauses: tuple[float, ...] = _PAUSES


@dataclass(slots=True)
class _Post:
    """One address, and what waits for it."""

    number: int
    address: Address
    waiting: deque[tuple[int, Notice]] = field(default_factory=deque)
    more: int = 0  # notices that were too many
    task: asyncio.Task[None] | None = None
    told: str = ""  # the fault that was told of last


class Notifier:
    """Follows the events, and sends word."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._posts = [_Post(n, address) for n, address in enumerate(parts.addresses, 1)]
        self._broken: set[str] = set()
        self._recent: dict[tuple[str, str], float] = {}

    async def run(self) -> None:
        """Notify, for ever."""
        self._broken = self._parts.broken()
        async for recorded in self._parts.follow(self._parts.begin()):
            self._take(recorded)

    def _take(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, RunFinished) and not self._parts.goes_live(event.run):
            return  # git, or the forge, tells who pushed the branch or asked for the pull
        notice = notice_of(event, self._broken)
        broken = becomes_broken(event)
        if broken is not None:
            (self._broken.add if broken else self._broken.discard)(event.app)
        if notice is None or self._was_said(notice):
            return
        for post in self._posts:
            self._queue(post, recorded.id, notice)

    def _was_said(self, notice: Notice) -> bool:
        now, key = self._parts.clock(), (notice.title, notice.text)
        self._recent = {k: at for k, at in self._recent.items() if now - at < _SILENCE}
        said = key in self._recent
        self._recent.setdefault(key, now)
        return said

    def _queue(self, post: _Post, event: int, notice: Notice) -> None:
        if len(post.waiting) >= _WAIT:
            post.more += 1
            return
        post.waiting.append((event, notice))
        if post.task is None:
            post.task = asyncio.create_task(self._tell(post), name=f"notify {post.number}")

    async def _tell(self, post: _Post) -> None:
        """Until nothing waits."""
        try:
            while post.waiting:
                event, notice = post.waiting[0]
                await self._send(post, _with_the_rest(notice, post.more))
                post.waiting.popleft()
                post.more = 0
                self._said(event)
        finally:
            post.task = None

    async def _send(self, post: _Post, notice: Notice) -> None:
        """Until it is taken, refused, or tried often enough."""
        request = request_of(post.address, notice)
        for pause in (*self._parts.pauses, None):
            try:
                await self._sent(post, request)
            except Unavailable as error:
                if pause is None:
                    self._lost(post, error)
                    return
                await asyncio.sleep(pause)
            except HomeportError as error:
                self._lost(post, error)
                return
            else:
                post.told = ""
                return

    async def _sent(self, post: _Post, request: Request) -> None:
        status = await self._parts.post(request)
        if status == 429 or status >= 500:
            raise Unavailable(f"it answers {status}")
        if status >= 300:
            raise HomeportError(f"it answers {status}")

    def _lost(self, post: _Post, error: HomeportError) -> None:
        """Told once for each reason."""
        if post.told != error.message:
            post.told = error.message
            self._parts.record(NotifyLost(number=post.number, reason=error.message))

    def _said(self, event: int) -> None:
        """All before the oldest that waits is said."""
        waits = [event for post in self._posts for event, _ in list(post.waiting)[:1]]
        self._parts.said(min(waits) - 1 if waits else event)


def _with_the_rest(notice: Notice, more: int) -> Notice:
    if not more:
        return notice
    return replace(notice, text=f"{notice.text}\n({more} more: homeport events)")
