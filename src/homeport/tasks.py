"""What is begun and has to end, whatever becomes of who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Made = TypeVar("_Made")
_under_way: set[asyncio.Task[Any]] = set()


async def to_its_end(work: Coroutine[Any, Any, _Made]) -> _Made:
    """Wait for something that goes on to its end, also where who waits is cancelled.

    `asyncio.shield` alone is not enough: the loop has its tasks by weak references, as the
    documentation of `asyncio.create_task` says, and so has a connection its reader. A task that
    waits for an answer is collected in the middle where nobody else holds it.
    """
    task = asyncio.ensure_future(work)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return await asyncio.shield(task)
