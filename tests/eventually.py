"""Waiting on state: never a fixed pause."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


async def eventually(condition: Callable[[], Awaitable[object]], *, seconds: float = 40) -> None:
    """Return when `condition` holds; fail when it does not within `seconds`.

    An AssertionError inside of it counts as not yet, and is what the failure says.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if await condition():
                return
            failure: AssertionError | None = None
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure or AssertionError(f"not within {seconds:g} s: {condition}")
        await asyncio.sleep(0.02)
