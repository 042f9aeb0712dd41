"""What did not work is told once, and tried again."""

from __future__ import annotations

import asyncio

from homeport.proxy.dropin.setbacks import Seldom, Setbacks


def test_the_same_is_told_once_a_minute_and_anew_when_it_had_worked() -> None:
    told: list[str] = []
    times = iter((100.0, 102.0, 104.0, 106.0, 164.0, 165.0))
    tell = Seldom(told.append, lambda: next(times))
    for line in ("a", "a", "b", "b", "b"):
        tell(line)
    assert ["a", "b", "b"] == told
    tell.forget()
    tell("b")
    assert ["a", "b", "b", "b"] == told


async def test_one_try_is_due_however_often_it_does_not_work() -> None:
    told: list[str] = []
    tried = asyncio.Queue[int]()
    setbacks = Setbacks(told.append, lambda: tried.put_nowait(1), 0.05)
    for _ in range(5):
        setbacks.happens("full")
    await asyncio.wait_for(tried.get(), 5)
    await asyncio.sleep(0.2)
    assert (["full"], True) == (told, tried.empty())
    setbacks.over()
    setbacks.happens("full")
    await asyncio.wait_for(tried.get(), 5)
    assert ["full", "full"] == told
