"""Word is sent: once, again where nobody answers, and on after a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from homeport.errors import Unavailable
from homeport.events import Event, NotifyLost, Recorded, RunFinished
from homeport.upkeep.notices import Address, Request
from homeport.upkeep.notify import Notifier, Parts
from tests.eventually import eventually


@dataclass
class Desk:
    """A notifier's world: servers that answer as they are told."""

    # url -> statuses, then 200; 0: nobody answers
    answers: dict[str, list[int]] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    sent: list[tuple[str, str]] = field(default_factory=list)
    recorded: list[Event] = field(default_factory=list)
    cursor: int = 0
    clock: float = 0.0
    events: asyncio.Queue[Recorded] = field(default_factory=asyncio.Queue)

    async def follow(self, _after: int) -> AsyncIterator[Recorded]:
        while True:
            yield await self.events.get()

    def said(self, event: int) -> None:
        self.cursor = event

    async def post(self, request: Request) -> int:
        if request.url in self.hangs:
            await asyncio.Event().wait()
        self.sent.append((request.url, json.loads(request.body)["message"]))
        status = (self.answers.get(request.url) or [200]).pop(0)
        if not status:
            raise Unavailable("h.example does not answer")
        return status

    def fail(self, number: int, reason: str = "it broke", *, run: int = 1) -> None:
        """A run failed."""
        event = RunFinished(app="blog", run=run, state="failed", reason=reason)
        self.events.put_nowait(Recorded(id=number, at=0.0, event=event))

    async def reached(self, event: int) -> None:
        """Return when all is said up to an event."""

        async def is_said() -> bool:
            return self.cursor == event

        await eventually(is_said)


@contextlib.asynccontextmanager
async def at_work(desk: Desk, *urls: str) -> AsyncIterator[None]:
    """While the block lasts."""
    notifier = Notifier(
        Parts(
            addresses=tuple(Address(url=url) for url in urls),
            follow=desk.follow,
            begin=lambda: desk.cursor,
            said=desk.said,
            broken=set,
            goes_live=lambda run: run == 1,
            post=desk.post,
            record=desk.recorded.append,
            clock=lambda: desk.clock,
            pauses=(0.01, 0.01),
        )
    )
    task = asyncio.create_task(notifier.run())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_server_that_is_down_is_tried_again(desk: Desk) -> None:
    desk.answers["u"] = [0, 503]
    async with at_work(desk, "u"):
        desk.fail(5)
        await desk.reached(5)
    assert [("u", "Run 1 failed: it broke")] * 3 == desk.sent
    assert [] == desk.recorded


async def test_one_that_stays_down_or_refuses_is_told_of_once(desk: Desk) -> None:
    desk.answers["u"] = [0, 0, 0, 404, 404]
    async with at_work(desk, "u"):
        for number, reason in enumerate("abc", 1):
            desk.fail(number, reason)
        await desk.reached(3)
    why = ["h.example does not answer", "it answers 404"]
    assert [NotifyLost(number=1, reason=reason) for reason in why] == desk.recorded


async def test_one_that_hangs_delays_no_other_and_is_gone_on_with(desk: Desk) -> None:
    """What it was not told yet is not counted as said: after a restart it is."""
    desk.hangs.add("hangs")
    async with at_work(desk, "hangs", "u"):
        desk.fail(5)
        await desk.reached(4)
    assert [("u", "Run 1 failed: it broke")] == desk.sent


async def test_the_same_is_said_once_in_an_hour(desk: Desk) -> None:
    async with at_work(desk, "u"):
        desk.fail(1)
        desk.fail(2)
        desk.fail(3, "another")
        await desk.reached(3)
        desk.clock = 3601.0
        desk.fail(4)
        await desk.reached(4)
    assert ["it broke", "another", "it broke"] == [text.split(": ")[1] for _, text in desk.sent]


async def test_of_a_flood_the_rest_is_counted(desk: Desk) -> None:
    for number in range(1, 101):
        desk.fail(number, f"{number}")
    async with at_work(desk, "u"):
        await desk.reached(20)
    assert 20 == len(desk.sent)
    assert "(80 more: homeport events)" in desk.sent[0][1] + desk.sent[1][1]


async def test_runs_that_were_not_to_go_live_are_no_news(desk: Desk) -> None:
    async with at_work(desk, "u"):
        desk.fail(1, run=2)
        desk.fail(2)
        await desk.reached(2)
    assert 1 == len(desk.sent)
