"""Observe, plan, execute: deploy, rollback, scale, recovery and `stack up` all end here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from homeport.delivery.ledger import Ledger, Meter, Switch
from homeport.delivery.lock import locked
from homeport.delivery.rollout import after_live, plan_rollout, until_live
from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.events import Warned
from homeport.execute import StepFailed, execute
from homeport.model.plan import (
    Action,
    AwaitCompleted,
    AwaitHealthy,
    AwaitRouted,
    Drain,
    Plan,
    RemoveNetwork,
)
from homeport.model.stack import Stack
from homeport.stack.apply import Hands
from homeport.stack.check import check_possible
from homeport.stack.observe import observe
from homeport.stack.observed import Observed
from homeport.stack.plan import plan_down
from homeport.stack.retreat import plan_left, plan_retreat

_TAIL = 20  # lines of a failed container's output that are shown


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """What a movement belongs to, for the journal."""

    project: str
    app: str = ""
    run: int = 0


class Mover:
    """Moves projects to what is wanted. One movement of a project at a time."""

    def __init__(
        self, docker: Docker, switch: Switch, ledger: Ledger, *, instance: str, locks: Path
    ) -> None:
        """`locks` is a folder that every process shares which moves projects."""
        self._docker, self._switch, self._ledger = docker, switch, ledger
        self._instance, self._locks = instance, locks
        self._before: dict[str, Observed] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._clearing: dict[str, asyncio.Task[None]] = {}

    async def plan(self, stack: Stack) -> Plan:
        """What would be done to make `stack` of what is there."""
        observed = self._before[stack.name] = await observe(self._docker, stack.name, stack)
        conflicts = self._conflicts(stack)
        return plan_rollout(stack, observed, instance=self._instance, conflicts=conflicts)

    def _conflicts(self, stack: Stack) -> list[str]:
        if not stack.hosts:
            return []
        from homeport.model.rules.asked import asked_hosts  # 4 ms that few stacks need

        return self._switch.conflicts(asked_hosts(stack), stack.name)

    async def forward(
        self,
        stack: Stack,
        where: Where,
        *,
        live: Callable[[Plan], None],
        proven: Callable[[], Awaitable[None]] | None = None,
    ) -> asyncio.Task[None]:
        """Make `stack` live; `live` is called with the plan the moment it is.

        What it replaces stays until it is `proven`, where that is asked for.

        Returns a task that drains and removes what was replaced; it is supervised here, and ends
        by itself.

        Raises:
            RequestError: it can never be.
            StepFailed: it could not be made live. What is half done is for `back` to clear.
        """
        async with self._moving(where):
            plan = await self.plan(stack)
            check_possible(stack, self._before[stack.name])
            for text in plan.warnings:
                self._ledger.record(Warned(app=where.app, run=where.run, text=text))
            try:
                await self._execute(until_live(plan), where)
            except StepFailed as failure:
                await self._tell_why(failure, where)
                raise
            live(plan)
            if proven:
                await proven()
            return self._clear(after_live(plan), where)

    async def back(self, stack: Stack | None, where: Where) -> None:
        """Go back to `stack`, or to nothing where there was none before."""
        if stack is None:
            await self.down(where, volumes=False)
            return
        async with self._moving(where):
            await self._execute(await self.plan(stack), where)

    async def undo(self, where: Where) -> None:
        """Go back to what was there before the last plan, where no release says what that was."""
        before = self._before.get(where.project)
        if before is None:
            return  # nothing was planned, so nothing was done
        async with self._moving(where):
            now = await observe(self._docker, where.project)
            await self._execute(plan_retreat(before, now), where)

    async def down(self, where: Where, *, volumes: bool) -> None:
        """Take a project away."""
        async with self._moving(where) as lock:
            observed = await observe(self._docker, where.project)
            await self._execute(plan_down(observed, volumes=volumes), where)
            lock.unlink(missing_ok=True)

    async def clear_left(self, where: Where) -> None:
        """Take away what `docker compose down` left of a project, where nobody is left in it.

        Raises:
            Conflict: somebody moves the project now.
        """
        async with self._moving(where):
            await self._execute(plan_left(await observe(self._docker, where.project)), where)

    @property
    def docker(self) -> Docker:
        """The Engine on which it moves them."""
        return self._docker

    def say(self, line: str) -> None:
        """Tell whoever asked for the movement."""
        self._ledger.output(0, line)

    async def tell_last_lines(self, container: str, *, run: int = 0) -> None:
        """What a container printed at last, and its healthcheck."""
        with contextlib.suppress(HomeportError):
            for line in await self._docker.tail(container, _TAIL):
                self._ledger.output(run, f"{container} | {line}")
            for line in await self._docker.last_check(container):
                self._ledger.output(run, f"{container} healthcheck | {line}")

    def measuring(self, hosts: Sequence[str]) -> contextlib.AbstractAsyncContextManager[Meter]:
        """Count meanwhile what visitors of these hosts meet."""
        return self._switch.measuring(hosts)

    async def settled(self) -> None:
        """Wait until all that was replaced is gone."""
        await asyncio.gather(*self._clearing.values(), return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _moving(self, where: Where) -> AsyncIterator[Path]:
        """One movement of a project at a time: in this process by turns, beside others or not."""
        async with self._turns.setdefault(where.project, asyncio.Lock()):
            await self._settle(where.project)
            with locked(self._locks, where.project) as lock:
                yield lock

    async def _settle(self, project: str) -> None:
        """End the clearing up of an earlier movement: the next plan sees what is left of it."""
        task = self._clearing.pop(project, None)
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, HomeportError):
                await task

    def _clear(self, plan: Plan, where: Where) -> asyncio.Task[None]:
        task = asyncio.create_task(self._execute(plan, where), name=f"clear {where.project}")
        self._clearing[where.project] = task
        return task

    async def _execute(self, plan: Plan, where: Where) -> None:
        def say(line: str) -> None:
            self._ledger.output(where.run, line)

        performer = _Performer(Hands(self._docker, say), self._switch)
        await execute(
            plan,
            performer.perform,
            self._ledger.record,
            project=where.project,
            app=where.app,
            run=where.run,
        )

    async def _tell_why(self, failure: StepFailed, where: Where) -> None:
        """The last lines of the container that failed, before it is taken away."""
        action = failure.step.action
        if isinstance(action, AwaitHealthy | AwaitCompleted):
            await self.tell_last_lines(action.target, run=where.run)


class _Performer:
    """Hands each action to the room that carries it out."""

    def __init__(self, hands: Hands, switch: Switch) -> None:
        self._hands, self._switch = hands, switch

    async def perform(self, action: Action) -> None:
        match action:
            case AwaitRouted():
                await self._switch.routed(action.target, action.instead_of, action.seconds)
            case Drain():
                await self._switch.drained(action.target, action.seconds)
            case RemoveNetwork():
                await self._switch.leave(action.target)
                await self._hands.perform(action)
            case _:
                await self._hands.perform(action)
