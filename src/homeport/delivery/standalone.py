"""A stack with no app: it goes up whole, or is as it was. In docker compose's place."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from homeport.delivery.apply import Mover, Where
from homeport.delivery.engine_back import WITHIN, engine_back, through_outages
from homeport.delivery.ledger import Meter
from homeport.delivery.probation import Newcomer, worse
from homeport.delivery.receipt import lines_of_stack
from homeport.delivery.rollout import predicted_pause
from homeport.errors import HomeportError, Unavailable
from homeport.execute import StepFailed
from homeport.model.figures import Figures
from homeport.model.plan import Plan
from homeport.model.stack import Service, Stack
from homeport.stack.model import read_stack


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a project: the file as Compose read it, and what was said beside."""

    project: str
    model: Mapping[str, Any]
    hashes: Mapping[str, str]
    directory: str
    files: Sequence[str]
    scale: Mapping[str, int] = msgspec.field(default_factory=dict)
    named: bool = True  # whether somebody said its name; else it is its folder's

    def stack(self, *, deadline: float, drain: float) -> Stack:
        """It as a Stack.

        Raises:
            FileFault: the file asks for what cannot be.
        """
        stack = read_stack(
            self.model,
            hashes=self.hashes,
            project=self.project,
            directory=self.directory,
            files=tuple(self.files),
            scale=self.scale,
            deadline=deadline,
            drain=drain,
        )
        return replace(stack, named=self.named)


async def up(mover: Mover, stack: Stack, *, alone: bool = False) -> None:
    """Make it so, and clear up; go back to what ran before when it fails.

    `alone`: nobody goes on with it later, so that it is taken to an end where it is cancelled: what
    ran before is back, or where it is live already, what it replaced is gone.

    Raises:
        HomeportError: it could not be, or turned out worse; what ran before runs.
    """
    where = Where(project=stack.name)
    async with mover.measuring(stack.hosts) as meter:
        trial = _Trial(mover, stack, meter)
        try:
            await _up(mover, where, trial)
        except asyncio.CancelledError:
            if alone:
                await _to_an_end(mover, where, trial)
            raise
        await trial.tell()


async def _up(mover: Mover, where: Where, trial: _Trial) -> None:
    try:
        clearing = await through_outages(
            mover.docker,
            lambda: mover.forward(trial.stack, where, live=trial.live, proven=trial.proven),
            mover.say,
        )
    except HomeportError as error:
        if isinstance(error, StepFailed | Unavailable) or trial.is_worse:
            await _undo(mover, where)
        raise
    await clearing


async def _to_an_end(mover: Mover, where: Where, trial: _Trial) -> None:
    if not trial.is_live:
        mover.say("interrupted: what ran before comes back")
        await _undo(mover, where)
        return
    mover.say("interrupted: it is live, and ends when what it replaced is gone")
    await (await mover.forward(trial.stack, where, live=lambda _plan: None))


async def _undo(mover: Mover, where: Where) -> None:
    """Go back. Where that fails, too, it is the first reason that counts."""
    try:
        await engine_back(mover.docker, WITHIN)
        await mover.undo(where)
    except HomeportError as error:
        mover.say(f"warning: going back failed, too: {error.message}")


class _Trial:
    """A stack on its way, and how it does once it is live."""

    def __init__(self, mover: Mover, stack: Stack, meter: Meter) -> None:
        self._mover, self.stack, self._meter = mover, stack, meter
        self._began, self._seconds, self._plan = time.monotonic(), 0.0, Plan()
        self._until_live = Figures()
        self.is_live = self.is_worse = False

    def live(self, plan: Plan) -> None:
        """Called the moment it serves."""
        self._seconds, self._plan = time.monotonic() - self._began, plan
        self._until_live, self.is_live = self._meter.last(), True

    async def proven(self) -> None:
        """Look at it for as long as the file asks for; what it replaced is kept until then.

        Raises:
            HomeportError: it is worse than what ran before.
        """
        newcomer = Newcomer(
            stack=self.stack, plan=self._plan, meter=self._meter, until_live=self._until_live
        )
        found = None
        with contextlib.suppress(HomeportError):  # an Engine that is gone says nothing of it
            found = await self._goes_back_for(newcomer)
        if found:
            service, why = found
            for name in newcomer.services[service.name]:
                await self._mover.tell_last_lines(name)
            self.is_worse = True
            raise HomeportError(why, hint="what ran before runs again; the last lines stand above")

    async def _goes_back_for(self, newcomer: Newcomer) -> tuple[Service, str] | None:
        """The first service that is worse and asks for that; those that stay are told of."""
        async with contextlib.aclosing(worse(self._mover.docker, newcomer, unsaid=0.0)) as found:
            async for service, why in found:
                if service.update.failure_action == "rollback":
                    return service, why
                action = service.update.failure_action
                self._mover.say(f"warning: {why}: it stays: failure_action is {action}")
        return None

    async def tell(self) -> None:
        """The receipt."""
        if self._plan:
            figures = await self._meter.read()
            for line in lines_of_stack(self._plan, figures, seconds=self._seconds):
                self._mover.say(line)


def shown(plan: Plan) -> dict[str, Any]:
    """A plan for people and for programs."""
    return {
        "text": str(plan) if plan else "",
        "changes": [asdict(change) for change in plan.changes],
        "summary": [str(change) for change in plan.changes],
        "steps": plan.as_data(),
        "warnings": list(plan.warnings),
        "pause": predicted_pause(plan),
    }
