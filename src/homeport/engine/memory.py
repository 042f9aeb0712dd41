"""Whether the kernel took processes of a container away for want of memory.

The Engine says it in an event and in its inspection, each of which may come after the container's
end. Older Engines set it at the end, where the event came before; newer ones whenever it comes.
An Engine that starts a container again forgets it, and the event is what is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

from homeport.engine.docker import Docker
from homeport.errors import NotFound
from homeport.model.container import KILLED, Container

_LATE = 0.5  # seconds after its end in which the kernel's word comes through
_BACK = 3600.0  # seconds for which events are looked back at; the Engine keeps a few hundred


async def ran_out(docker: Docker, found: Container) -> bool:
    """Whether it ended for want of memory, as far as the Engine gets to know."""
    if found.oom_killed or not _may_have(found):
        return found.oom_killed
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LATE):
            if await _told(docker, found.id):
                return True
    with contextlib.suppress(NotFound):
        return (await docker.container(found.id)).oom_killed
    return False


def _may_have(found: Container) -> bool:
    """Killed; or limited, where it may have been a child of what ended then by itself."""
    return found.exit_code == KILLED or bool(found.memory and (found.exit_code or found.restarts))


async def _told(docker: Docker, container_id: str) -> bool:
    since = f"{time.time() - _BACK:.3f}"
    events = docker.happenings(since=since, kinds=("container",), actions=["oom"])
    async with events as happenings:
        async for happening in happenings:
            if happening.id == container_id:
                return True
    return False
