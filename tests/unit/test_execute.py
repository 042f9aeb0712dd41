"""Walking a plan: order, parallelism, and what a failure stops."""

from __future__ import annotations

import asyncio

import pytest

from homeport.errors import HomeportError
from homeport.events import ActionDone, ActionFailed, ActionStarted, Event
from homeport.execute import StepFailed, execute
from homeport.model.draft import Draft
from homeport.model.plan import Action, AwaitHealthy, Plan, StartContainer


def plan_of(*edges: tuple[str, tuple[int, ...]]) -> Plan:
    """A plan that waits for containers, each after the steps of those numbers."""
    draft = Draft()
    for name, after in edges:
        wait = AwaitHealthy(target=name, seconds=1)
        draft.add("service:web", wait, "a test wants it", after=after)
    return draft.plan()


async def test_a_step_waits_for_those_before_it_and_for_no_other() -> None:
    """a and b run together, c after both."""
    running: set[str] = set()
    seen: dict[str, set[str]] = {}
    both = asyncio.Barrier(2)

    async def perform(action: Action) -> None:
        running.add(action.target)
        if action.target in "ab":
            await both.wait()
        seen[action.target] = set(running)
        running.discard(action.target)

    await execute(plan_of(("a", ()), ("b", ()), ("c", (1, 2))), perform, lambda _e: None)
    assert {"c"} == seen["c"]


async def test_every_step_is_journalled_before_and_after() -> None:
    """What crashed in between can be seen."""
    events: list[Event] = []

    async def perform(_action: Action) -> None:
        events.append(Event())

    await execute(plan_of(("a", ())), perform, events.append, project="blog", run=7)
    assert [ActionStarted, Event, ActionDone] == [type(e) for e in events]
    assert 7 == events[0].run


async def test_a_failure_starts_nothing_more_and_ends_what_is_under_way() -> None:
    """b is cancelled, c never starts, and the reason is kept."""
    events: list[Event] = []
    cancelled = asyncio.Event()

    async def perform(action: Action) -> None:
        if action.target == "a":
            await asyncio.sleep(0)
            raise HomeportError("a did not become healthy", hint="look at its logs")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    plan = plan_of(("a", ()), ("b", ()), ("c", (1,)))
    with pytest.raises(StepFailed) as caught:
        await execute(plan, perform, events.append)
    assert cancelled.is_set()
    assert ("a did not become healthy", "look at its logs", 1) == (
        caught.value.message,
        caught.value.hint,
        caught.value.step.number,
    )
    assert ["a"] == [e.target for e in events if isinstance(e, ActionFailed)]
    assert not [e for e in events if isinstance(e, ActionStarted) and e.target == "c"]


async def test_what_is_being_made_is_made_before_the_failure_is_told() -> None:
    """A call goes on in the Engine: what it makes must be there when the way back is planned."""
    draft, made = Draft(), asyncio.Event()
    draft.add("service:web", AwaitHealthy(target="a", seconds=1), "a test wants it")
    draft.add("service:web", StartContainer(target="b"), "a test wants it")

    async def perform(action: Action) -> None:
        if action.target == "a":
            await asyncio.sleep(0)
            raise HomeportError("a did not become healthy")
        await asyncio.sleep(0.05)
        made.set()

    with pytest.raises(StepFailed):
        await execute(draft.plan(), perform, lambda _e: None)
    assert made.is_set()


async def test_the_second_part_of_a_plan_takes_the_first_for_done() -> None:
    """Steps keep their numbers; those that are not in it are behind us."""
    whole = plan_of(("a", ()), ("b", (1,)))
    done: list[str] = []

    async def perform(action: Action) -> None:
        done.append(action.target)

    await execute(Plan(steps=whole.steps[1:]), perform, lambda _e: None)
    assert ["b"] == done
