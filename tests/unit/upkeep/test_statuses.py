"""What forges are told: the newest, a few times, and then it is given up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from homeport.errors import HomeportError, Unavailable
from homeport.events import (
    Event,
    Recorded,
    RemoteBack,
    RunFinished,
    RunQueued,
    RunStarted,
    StatusLost,
)
from homeport.source.statuses import Request, State, Status
from homeport.upkeep.statuses import Parts, StatusReporter
from tests.eventually import eventually


@dataclass
class Desk:
    """A reporter's world: runs whose state is set, and a forge that fails as it is told."""

    faults: list[HomeportError] = field(default_factory=list)  # one for each request, then none
    states: dict[int, State] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    recorded: list[Event] = field(default_factory=list)
    cursor: int = 0
    events: asyncio.Queue[Recorded] = field(default_factory=asyncio.Queue)

    def reporter(self) -> StatusReporter:
        """One that works here."""
        return StatusReporter(
            Parts(
                follow=self.follow,
                begin=lambda: self.cursor,
                reported=self.reported,
                status=self.status,
                request=self.request,
                send=self.send,
                record=self.recorded.append,
            )
        )

    async def follow(self, _after: int) -> AsyncIterator[Recorded]:
        while True:
            yield await self.events.get()

    def reported(self, event: int) -> None:
        self.cursor = event

    def status(self, run: int) -> Status | None:
        if run not in self.states:
            return None
        said = {"context": "c", "description": "", "url": ""}
        return Status(commit=f"commit{run}", state=self.states[run], **said)

    def request(self, app: str, status: Status) -> Request | None:
        return Request(url=f"{app} {status.commit} {status.state}", headers={}, body=b"")

    async def send(self, request: Request) -> None:
        self.sent.append(request.url)
        if self.faults:
            raise self.faults.pop(0)

    def say(self, number: int, event: Event) -> None:
        """Something happened."""
        self.events.put_nowait(Recorded(id=number, at=0.0, event=event))


@contextlib.asynccontextmanager
async def at_work(desk: Desk) -> AsyncIterator[None]:
    """While the block lasts."""
    task = asyncio.create_task(desk.reporter().run())
    try:
        yield
    finally:
        task.cancel()


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pauses."""
    monkeypatch.setattr("homeport.upkeep.statuses._PAUSES", (0.0, 0.0, 0.0))


def queued(run: int) -> RunQueued:
    return RunQueued(app="blog", run=run, kind="push", ref="refs/heads/main", commit="x")


def finished(run: int) -> RunFinished:
    return RunFinished(app="blog", run=run, state="live")


async def test_a_run_is_told_as_it_goes() -> None:
    desk = Desk(states={1: State.PENDING})
    async with at_work(desk):
        desk.say(1, queued(1))
        await eventually(lambda: _is(1, len(desk.sent)))
        desk.states[1] = State.SUCCESS
        desk.say(2, finished(1))
        await eventually(lambda: _is(2, desk.cursor))
    assert ["blog commit1 pending", "blog commit1 success"] == desk.sent


async def _is(expected: object, found: object) -> bool:
    return expected == found


async def test_of_a_forge_that_is_down_only_the_newest_is_kept() -> None:
    """And it is tried again."""
    desk = Desk(states={1: State.PENDING}, faults=[Unavailable("down")])
    async with at_work(desk):
        desk.say(1, queued(1))
        desk.say(2, RunStarted(app="blog", run=1))
        await eventually(lambda: _is(2, desk.cursor))
    assert [] == desk.recorded
    assert desk.sent.count("blog commit1 pending") <= 3


async def test_it_is_given_up_after_a_few_times_and_told_once() -> None:
    desk = Desk(states={1: State.SUCCESS, 2: State.SUCCESS}, faults=[Unavailable("down")] * 8)
    async with at_work(desk):
        desk.say(1, finished(1))
        desk.say(2, finished(2))
        await eventually(lambda: _is(2, desk.cursor))
    assert [StatusLost(app="blog", run=1, reason="down")] == desk.recorded
    assert (4, 4) == (desk.sent.count("blog commit1 success"), len(desk.sent) - 4)


async def test_what_is_refused_for_good_is_not_tried_again() -> None:
    desk = Desk(states={1: State.SUCCESS}, faults=[HomeportError("it answers 403", hint="scope")])
    async with at_work(desk):
        desk.say(1, finished(1))
        await eventually(lambda: _is(1, desk.cursor))
    assert [StatusLost(app="blog", run=1, reason="it answers 403", hint="scope")] == desk.recorded
    assert 1 == len(desk.sent)


async def test_a_remote_that_is_back_ends_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.upkeep.statuses._PAUSES", (3600.0,))
    desk = Desk(states={1: State.SUCCESS}, faults=[Unavailable("down")])
    async with at_work(desk):
        desk.say(1, finished(1))
        await eventually(lambda: _is(1, len(desk.sent)))
        await asyncio.sleep(0)
        desk.say(2, RemoteBack(app="blog"))
        await eventually(lambda: _is(1, desk.cursor))
    assert ["blog commit1 success"] * 2 == desk.sent


async def test_where_nobody_is_told_nothing_is_sent() -> None:
    desk = Desk()
    async with at_work(desk):
        desk.say(1, queued(1))
        await eventually(lambda: _is(True, desk.events.empty()))
    assert ([], 0) == (desk.sent, desk.cursor)
