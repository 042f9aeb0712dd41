"""Loops that are started again."""

from __future__ import annotations

import asyncio

from homeport.daemon.supervise import Loop, cancelled, supervised
from homeport.events import Event, LoopFailed


def test_a_loop_that_fails_says_why_and_is_started_again() -> None:
    told: list[Event] = []

    async def fail() -> None:
        raise OSError("the disk is full")

    asyncio.run(_until_told(told, fail))

    assert [LoopFailed(loop="routes", reason="the disk is full", again_in=1.0)] == told


def test_of_tasks_that_fail_together_each_reason_is_said_once() -> None:
    told: list[Event] = []

    async def fail() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_fail(OSError("the disk is full")))
            group.create_task(_fail(OSError("the disk is full")))
            group.create_task(_fail(KeyError()))

    asyncio.run(_until_told(told, fail))

    assert [LoopFailed(loop="routes", reason="the disk is full; KeyError()", again_in=1.0)] == told


def test_what_everybody_waits_for_is_started_again_soon_however_often_it_failed() -> None:
    told: list[Event] = []

    async def fail() -> None:
        raise OSError("nginx was killed")

    async def until_told_three_times() -> None:
        task = asyncio.create_task(supervised("system", fail, told.append, longest=0.01))
        async with asyncio.timeout(5):
            while len(told) < 3:
                await asyncio.sleep(0.001)
        await cancelled([task])

    asyncio.run(until_told_three_times())

    assert LoopFailed(loop="system", reason="nginx was killed", again_in=0.01) == told[-1]


async def _fail(error: Exception) -> None:
    raise error


async def _until_told(told: list[Event], loop: Loop) -> None:
    task = asyncio.create_task(supervised("routes", loop, told.append))
    async with asyncio.timeout(5):
        while not told:
            await asyncio.sleep(0)
    await cancelled([task])
