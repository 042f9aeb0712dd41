"""A plan while it is being made."""

from __future__ import annotations

from collections.abc import Iterable

from homeport.model.plan import Action, Plan, Step


class Draft:
    """Collects steps in order; used by planners, which hand out a Plan at the end."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._warnings: list[str] = []

    def add(self, subject: str, action: Action, why: str, *, after: Iterable[int] = ()) -> int:
        """Append a step; return its number, for others to wait for."""
        number = len(self._steps) + 1
        step = Step(
            number=number,
            after=tuple(sorted(set(after))),
            subject=subject,
            action=action,
            why=why,
        )
        self._steps.append(step)
        return number

    def warn(self, text: str) -> None:
        """Say something beside the steps."""
        self._warnings.append(text)

    def plan(self) -> Plan:
        """What was collected."""
        return Plan(steps=tuple(self._steps), warnings=tuple(self._warnings))
