"""Tags that moved: looked at now and then, and when the registry of this box tells."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from homeport.errors import HomeportError
from homeport.events import Record, Warned

_FIRST = 20.0  # seconds after the start
_TOGETHER = 1.0  # seconds in which pushes of several tags become one look


class Watched(Protocol):
    """An image that is watched."""

    @property
    def app(self) -> str:
        """Whose it is."""

    @property
    def service(self) -> str:
        """Which of its services."""

    @property
    def image(self) -> str:
        """The image, with its tag."""

    @property
    def pinned(self) -> str:
        """What the live release has of it: name@digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the watch is handed."""

    watched: Callable[[], Iterable[Watched]]
    bases: Callable[[], Iterable[Watched]]  # what images are built from
    rebase: Callable[[str, str, str], None]  # an app, its base, name@digest: it moved
    pinned: Callable[[str], Awaitable[str]]  # name@digest of a tag, now
    tried: Callable[[str, str], bool]  # whether an app was moved to that before, and went back
    move: Callable[[str, str], None]  # let an app follow: which image moved
    record: Record
    every: float  # seconds; 0: never


class ImageWatch:
    """Looks, and lets apps follow."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._wake = asyncio.Event()
        self._seen: set[tuple[str, str]] = set()  # an app, and the base that was told of
        self._told: dict[str, str] = {}  # image -> what was wrong

    def wake(self) -> None:
        """A tag moved in the registry of this box."""
        self._wake.set()

    async def run(self) -> None:
        """Look, for ever."""
        pause = _FIRST
        while self._parts.every:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            await asyncio.sleep(_TOGETHER)
            self._wake.clear()
            await self.look()
            pause = self._parts.every

    async def look(self) -> None:
        """Once at every watched image; an app follows once, however many of its images moved."""
        moved: dict[str, str] = {}
        for found in self._parts.watched():
            now = await self._now(found)
            if now and now != found.pinned and not self._parts.tried(found.app, now):
                moved.setdefault(found.app, now)
        for app, image in moved.items():
            self._parts.move(app, image)
        await self._look_at_bases()

    async def _look_at_bases(self) -> None:
        """What images are built from: each is told once."""
        for found in self._parts.bases():
            try:
                now = await self._parts.pinned(found.image)
            except HomeportError:
                continue  # made on this box, or its registry is down: a build would say so
            if now != found.pinned and (found.app, now) not in self._seen:
                self._seen.add((found.app, now))
                self._parts.rebase(found.app, found.image, now)

    async def _now(self, found: Watched) -> str:
        """What the tag names; "" where its registry does not say: told once."""
        try:
            now = await self._parts.pinned(found.image)
        except HomeportError as error:
            if self._told.get(found.image) != error.message:
                self._told[found.image] = error.message
                text = f"{found.service}: {error.message}"
                self._parts.record(Warned(app=found.app, text=text))
            return ""
        self._told.pop(found.image, None)
        return now
