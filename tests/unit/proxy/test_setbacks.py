"""What did not work is told once, and tried again."""

from __future__ import annotations

import asyncio

from homeport.proxy.dropin.setbacks import Setbacks


async def test_the_same_is_told_once_a_minute_and_anew_when_it_had_worked() -> None:
    told: list[str] = []
    setbacks = Setbacks(told.append, lambda: None)
    for now, message in ((100, "a"), (102, "a"), (104, "b"), (106, "b"), (164, "b")):
        setbacks.happens(message, now)
    assert ["a", "b", "b"] == told
    setbacks.over()
    setbacks.happens("b", 165)
    assert ["a", "b", "b", "b"] == told


async def test_one_try_is_due_however_often_it_does_not_work() -> None:
    tried = asyncio.Queue[int]()
    setbacks = Setbacks(lambda _line: None, lambda: tried.put_nowait(1), 0.05)
    for _ in range(5):
        setbacks.happens("full")
    await asyncio.wait_for(tried.get(), 5)
    await asyncio.sleep(0.2)
    assert tried.empty()
    setbacks.happens("full")
    await asyncio.wait_for(tried.get(), 5)
