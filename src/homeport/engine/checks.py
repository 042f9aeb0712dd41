"""A container's healthcheck, asked by homeport while the container starts.

The Engine looks for the first time after `interval`, which is 30 s where nothing is said: a site
that was ready after one would make its visitors wait for the other 29.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from homeport.engine.docker import Docker
from homeport.errors import HomeportError

# Seconds between two looks: a share of what it has taken so far, since each costs the Engine 0.1 s.
_SOON, _SHARE, _LATER = 0.25, 0.2, 2.0
_TIMEOUT = 30.0  # seconds, the Engine's own where nothing is said


async def passes(docker: Docker, name: str) -> None:
    """Return when the healthcheck of container `name` passes.

    Never where it has none, or cannot be asked: then it is the Engine that says whether it is well.
    """
    with contextlib.suppress(HomeportError, TimeoutError):
        config = (await docker.inspect(name))["Config"]
        check = config.get("Healthcheck") or {}
        command, began = command_of(check, config), time.monotonic()
        # One that hangs is not asked again: it would hang beside itself.
        while command and await _fails(docker, name, command, check):
            await asyncio.sleep(min(max(_SOON, _SHARE * (time.monotonic() - began)), _LATER))
        if command:
            return
    await asyncio.Event().wait()


def command_of(check: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    """What a healthcheck runs in its container; [] for nothing."""
    kind, *words = check.get("Test") or ["NONE"]
    if kind == "CMD-SHELL":
        return [*(config.get("Shell") or ("/bin/sh", "-c")), *words]
    return words if kind == "CMD" else []


async def _fails(docker: Docker, name: str, command: list[str], check: Mapping[str, Any]) -> bool:
    async with asyncio.timeout((check.get("Timeout") or 0) / 1e9 or _TIMEOUT):
        status, _output = await docker.run_in(name, command)
    return status != 0


@contextlib.asynccontextmanager
async def asked(docker: Docker, name: str) -> AsyncIterator[asyncio.Task[None]]:
    """A task that is done once the healthcheck has passed; it ends with the block."""
    task = asyncio.create_task(passes(docker, name), name=f"healthcheck of {name}")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
