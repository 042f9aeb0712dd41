"""Wait for an Engine that was gone: a movement goes on from what is then there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, Unavailable
from homeport.execute import StepFailed

T = TypeVar("T")
WITHIN = 60.0  # seconds in which it has to be there again
_AGAIN = 3  # times that a movement goes on after the Engine was gone
_LOOK = 0.2


async def through_outages(
    docker: Docker, move: Callable[[], Awaitable[T]], warn: Callable[[str], None]
) -> T:
    """Move; again from what is then there where the Engine was gone in the middle of it.

    Also where it was gone while somebody looked what is there, before the first step.

    Raises:
        HomeportError: it failed for another reason, or the Engine did not come back.
    """
    left = _AGAIN
    while True:
        try:
            return await move()
        except (StepFailed, Unavailable) as failure:
            left -= 1
            if not left or failure.exit_status != Unavailable.exit_status:
                raise
            warn(f"{failure.message}: this goes on when it is back")
            if not await engine_back(docker, WITHIN):
                raise


async def engine_back(docker: Docker, seconds: float) -> bool:
    """Whether the Engine answers, or does so within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            await docker.containers(every=False)
        except HomeportError:
            await asyncio.sleep(_LOOK)
        else:
            return True
    return False
