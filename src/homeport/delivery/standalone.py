"""A stack with no app: it goes up whole, or is as it was. In docker compose's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import asdict

from homeport.delivery.apply import Mover, Where
from homeport.delivery.rollout import predicted_pause
from homeport.execute import StepFailed
from homeport.model.plan import Plan
from homeport.model.stack import Stack
from homeport.stack.model import read_stack


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a project: the file as Compose read it, and what was said beside."""

    project: str
    model: Mapping[str, Any]
    hashes: Mapping[str, str]
    directory: str
    files: Sequence[str]
    scale: Mapping[str, int] = msgspec.field(default_factory=dict)

    def stack(self, *, deadline: float, drain: float) -> Stack:
        """It as a Stack.

        Raises:
            FileFault: the file asks for what cannot be.
        """
        return read_stack(
            self.model,
            hashes=self.hashes,
            project=self.project,
            directory=self.directory,
            files=tuple(self.files),
            scale=self.scale,
            deadline=deadline,
            drain=drain,
        )


async def up(mover: Mover, stack: Stack) -> None:
    """Make it so, and clear up; go back to what ran before when it fails.

    Raises:
        StepFailed: it could not be; what ran before runs.
    """
    where = Where(project=stack.name)
    try:
        clearing = await mover.forward(stack, where, live=lambda _plan: None)
    except StepFailed:
        await mover.undo(where)
        raise
    await clearing


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
