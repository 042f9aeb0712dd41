"""A job that fills the disk is ended before what is live needs the rest of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from homeport.pipeline.container import Silent

RESERVE = 200 << 20  # bytes that jobs leave to everybody else
_EVERY = 0.25  # seconds between two looks


async def with_room(folder: Path, running: Coroutine[Any, Any, int]) -> int:
    """Let a job run while its disk has room; its exit status.

    Raises:
        Silent: the disk is nearly full.
    """
    task = asyncio.ensure_future(running)
    try:
        while not task.done():
            free = shutil.disk_usage(folder).free
            if free < RESERVE:
                raise Silent(f"the disk has {free >> 20} MB left", hint="df -h shows the disks")
            await asyncio.wait({task}, timeout=_EVERY)
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
