"""Wait for an Engine that was gone: a movement goes on from what is then there."""

from __future__ import annotations

import asyncio
import time

from homeport.engine.docker import Docker
from homeport.errors import HomeportError

_LOOK = 0.2


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
