"""Walk a Plan: start each step when those it waits for are done, and journal both ends.

No decision is made here. When a step fails, no further step starts, waits that are under way are
cancelled, what is being made is made, and the failure is raised: what to do about it is a new plan
from what is then observed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from homeport.errors import HomeportError
from homeport.events import ActionDone, ActionFailed, ActionStarted, Record
from homeport.model.plan import Action, Plan, Step

# Seconds that a call may take that has to be ended: a Docker Engine that takes longer is stuck.
_PATIENCE = 30.0

Perform = Callable[[Action], Awaitable[None]]


class StepFailed(HomeportError):
    """A step of a plan failed; `step` tells which."""

    def __init__(self, step: Step, cause: HomeportError) -> None:
        super().__init__(cause.message, hint=cause.hint)
        self.step = step
        self.exit_status = cause.exit_status


async def execute(
    plan: Plan, perform: Perform, record: Record, *, project: str = "", app: str = "", run: int = 0
) -> None:
    """Perform every step of `plan`, in parallel where it allows.

    Raises:
        StepFailed: for the first step that failed; none starts after it.
    """
    done = {step.number: asyncio.Event() for step in plan.steps}
    journal = _Journal(record, project=project, app=app, run=run)
    failed: list[StepFailed] = []
    try:
        async with asyncio.TaskGroup() as group:
            for step in plan.steps:
                group.create_task(_walk(step, done, perform, journal), name=f"#{step.number}")
    except* StepFailed as failures:
        failed += [error for error in failures.exceptions if isinstance(error, StepFailed)]
    if failed:  # raised outside of `except*`, which would wrap it in a group
        raise failed[0]


async def _walk(
    step: Step, done: dict[int, asyncio.Event], perform: Perform, journal: _Journal
) -> None:
    for number in step.after:
        if number in done:  # else it belongs to an earlier part of the plan, which is done
            await done[number].wait()
    began = time.monotonic()
    journal.started(step)
    try:
        await (_whole(perform, step.action) if step.action.whole else perform(step.action))
    except HomeportError as error:
        journal.failed(step, error)
        raise StepFailed(step, error) from error
    journal.done(step, time.monotonic() - began)
    done[step.number].set()


async def _whole(perform: Perform, action: Action) -> None:
    """Perform it to its end, even where it is cancelled meanwhile."""
    task = asyncio.ensure_future(perform(action))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_PATIENCE)
        task.cancel()
        raise


class _Journal:
    """Turns steps into events."""

    def __init__(self, record: Record, *, project: str, app: str, run: int) -> None:
        self._record, self._project, self._app, self._run = record, project, app, run

    def started(self, step: Step) -> None:
        self._record(ActionStarted(**self._place(step), why=step.why))

    def done(self, step: Step, seconds: float) -> None:
        self._record(ActionDone(**self._place(step), seconds=round(seconds, 4)))

    def failed(self, step: Step, error: HomeportError) -> None:
        self._record(ActionFailed(**self._place(step), reason=error.message, hint=error.hint))

    def _place(self, step: Step) -> dict[str, Any]:
        """What the events of a step have in common."""
        return {
            "app": self._app,
            "run": self._run,
            "project": self._project,
            "number": step.number,
            "subject": step.subject,
            "action": type(step.action).__name__,
            "target": str(step.action),
        }
