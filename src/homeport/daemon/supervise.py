"""Loops that must not end: each is started again, with a growing pause, when it fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from homeport.events import LoopFailed, Record

Loop = Callable[[], Awaitable[None]]

_FIRST, _LONGEST = 0.5, 30.0  # seconds
_WELL = 60.0  # a loop that ran this long had recovered


# Every visitor and every deploy waits for what this one brings up.
_URGENT = {"system": 3.0}


def started(loops: Mapping[str, Loop], record: Record) -> list[asyncio.Task[None]]:
    """Each of these loops, by its name, as a task of its own."""
    return [
        asyncio.create_task(supervised(name, run, record, longest=_URGENT.get(name, _LONGEST)))
        for name, run in loops.items()
    ]


async def supervised(name: str, loop: Loop, record: Record, *, longest: float = _LONGEST) -> None:
    """Run `loop` for ever. One that fails delays no other."""
    pause = _FIRST
    while True:
        began = time.monotonic()
        try:
            await loop()
            return
        except Exception as error:
            pause = _FIRST if time.monotonic() - began > _WELL else min(pause * 2, longest)
            record(LoopFailed(loop=name, reason=_reason(error), again_in=pause))
            await asyncio.sleep(pause)


def _reason(error: BaseException) -> str:
    """What went wrong; of several at once, each."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(dict.fromkeys(map(_reason, error.exceptions)))
    return str(error) or repr(error)


async def cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """End tasks, and wait until they have; how they ended does not matter."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
