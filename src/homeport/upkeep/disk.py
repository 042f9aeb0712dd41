"""The budget of the disk: images, build cache and registry. What is needed is never taken.

Needed is what runs, the release before it, and what is being built; everything else goes in the
order in which it is cheapest to have again: the build cache down to a quarter of what there is
room for, older releases, what of the registry no tag has named for an hour; where the disk itself
is full, the rest of the cache. What a builder has of homeport is its build cache, which is bounded
by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from homeport.engine.docker import Docker
from homeport.engine.remote import Remote
from homeport.errors import Unavailable
from homeport.events import DiskFreed, DiskShort, Record
from homeport.registry.collect import Freed
from homeport.registry.registry import Registry

EVERY = 3600.0  # seconds between two looks, where nothing is published
_AFTER = 12.0  # seconds of quiet after something was
_TRIES, _BETWEEN = 60, 0.5  # looks for a moment in which nothing is written; seconds
_CACHE = 0.25  # share of the budget that the build cache keeps at least
FREE = 500_000_000  # bytes that the Engine's disk should have free, whatever the budget says


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Bytes."""

    registry: int
    images: int
    cache: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.registry + self.images + self.cache


def is_full(free: int | None) -> bool:
    """Whether the Engine's disk has too little left; not where nobody knows. Pure."""
    return free is not None and free < FREE


def limit(usage: Usage, budget: int, free: int | None) -> int:
    """What all of it may take, in bytes; 0 for any. Pure.

    Args:
        usage: what it takes now.
        budget: what it may take; 0: any.
        free: what the Engine's disk has left; None where nobody knows.
    """
    if free is None or not is_full(free):
        return budget
    fits = max(usage.total + free - FREE, 1)
    return min(budget or fits, fits)


def cache_to_keep(usage: Usage, budget: int) -> int:
    """What the build cache may have: what the others leave, and a quarter at least. Pure."""
    return max(budget - usage.registry - usage.images, int(budget * _CACHE))


class Collect(Protocol):
    """Take away what the registry holds for nobody; None where that has to wait."""

    def __call__(self, *, pressed: bool) -> Awaitable[Freed | None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the governor is handed."""

    docker: Docker
    registry: Registry | None
    collect: Collect
    forget_releases: Callable[[], Awaitable[int]]  # all but what runs and the one before; how many
    record: Record
    free: Callable[[], Awaitable[int | None]]  # bytes of the Engine's disk; None: nobody knows
    budget: int  # bytes; 0: any
    builders: Callable[[], Sequence[Remote]]
    builder_cache: int  # bytes of build cache that each of them may have; 0: any


class Governor:
    """Looks at the disk after each publication, and now and then."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._wake, self._turn = asyncio.Event(), asyncio.Lock()
        self._short = False
        self.last: Usage | None = None  # what was taken when somebody looked last

    def wake(self) -> None:
        """Something was published."""
        self._wake.set()

    async def run(self) -> None:
        """Look, for ever."""
        await self.usage()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._wake.wait()
            await asyncio.sleep(_AFTER)
            self._wake.clear()
            await self.tidy()

    async def usage(self) -> Usage:
        """What is taken now."""
        parts = self._parts
        disk = await parts.docker.disk()
        stored = await asyncio.to_thread(parts.registry.storage.used) if parts.registry else 0
        self.last = Usage(registry=stored, images=disk.images, cache=disk.cache)
        return self.last

    async def tidy(self) -> DiskFreed:
        """Take away what nobody needs, and as much of the rest as the budget asks for."""
        async with self._turn:
            event = DiskFreed(registry=await self._collected(pressed=False))
            usage, free = await self.usage(), await self._parts.free()
            if most := limit(usage, self._parts.budget, free):
                event = await self._within(most, usage, event, full=is_full(free))
            event = replace(event, builders=await self._builders())
            if event != DiskFreed():
                self._parts.record(event)
            return event

    async def _builders(self) -> int:
        """Bytes that went of the build caches of other machines."""
        if not self._parts.builder_cache:
            return 0
        return sum(await asyncio.gather(*map(self._builder, self._parts.builders())))

    async def _builder(self, remote: Remote) -> int:
        # One that is off is told of when it should build, and its cache grows no more till then.
        with contextlib.suppress(Unavailable):
            return await remote.prune_cache(self._parts.builder_cache)
        return 0

    async def _collected(self, *, pressed: bool) -> int:
        """Bytes, between two publications; none, where somebody pushes all the while."""
        for _ in range(_TRIES):
            if freed := await self._parts.collect(pressed=pressed):
                return freed.size
            await asyncio.sleep(_BETWEEN)
        return 0

    async def _within(self, most: int, usage: Usage, event: DiskFreed, *, full: bool) -> DiskFreed:
        parts = self._parts
        cache = releases = 0
        registry = event.registry
        if usage.cache > (keep := cache_to_keep(usage, most)):
            cache = await parts.docker.prune_cache(keep)
            usage = await self.usage() if cache else usage
        if usage.total > most:
            releases = await parts.forget_releases()
            cache += await parts.docker.prune_cache(int(most * _CACHE)) if releases else 0
            usage = await self.usage() if releases else usage
        if usage.total > most and usage.registry:
            registry += await self._collected(pressed=True)
            usage = await self.usage()
        if full and usage.total > most and usage.cache:  # a quarter for it is too much now
            cache += await parts.docker.prune_cache(max(most - usage.registry - usage.images, 0))
            usage = await self.usage()
        self._tell(usage, most)
        return DiskFreed(registry=registry, cache=cache, releases=releases)

    def _tell(self, usage: Usage, most: int) -> None:
        """Once when it gets short, not each time that it still is."""
        short = usage.total > most
        if short and not self._short:
            self._parts.record(DiskShort(used=usage.total, budget=most))
        self._short = short
