"""Joins what the stack needs with what the proxy serves, in one plan. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from homeport.errors import Conflict
from homeport.model.container import DRAINING, STAGED, STOPPING, YIELDING
from homeport.model.plan import (
    Action,
    Drain,
    Plan,
    RemoveContainer,
    RemoveNetwork,
    RenameContainer,
    Step,
    StopContainer,
)
from homeport.model.stack import Stack
from homeport.stack.observed import Observed
from homeport.stack.plan import plan_up

_CLEANUP = (Drain, StopContainer, RemoveContainer, RemoveNetwork)


def plan_rollout(stack: Stack, observed: Observed, *, instance: str, conflicts: list[str]) -> Plan:
    """The whole rollout of a stack.

    Args:
        stack: what is wanted.
        observed: what is there.
        instance: which homeport this is.
        conflicts: host names of the stack that others have, a sentence each.

    Raises:
        Conflict: a host name is another's; nothing is touched then.
        RequestError: the stack takes something for granted that is not there.
    """
    if conflicts:
        raise Conflict(conflicts[0], hint="choose another name, or remove the other app")
    return plan_up(stack, observed, instance=instance)


def until_live(plan: Plan) -> Plan:
    """The part of a plan after which the new version serves; what remains is clearing up."""
    needed: set[int] = set()
    for step in reversed(plan.steps):
        if step.number in needed or not _is_cleanup(step.action):
            needed |= {step.number, *step.after}
    return _only(plan, needed)


def after_live(plan: Plan) -> Plan:
    """The rest: drain, stop and remove what was replaced."""
    done = {step.number for step in until_live(plan).steps}
    return _only(plan, {step.number for step in plan.steps} - done)


def predicted_pause(plan: Plan) -> str:
    """How long the plan keeps visitors waiting: `0 s`, or `about boot + 0.5 s` and why."""
    reasons = ", ".join(f"{name} ({why})" for name, why in paused(plan).items())
    return f"about boot + 0.5 s: {reasons}" if reasons else "0 s"


def paused(plan: Plan) -> dict[str, str]:
    """The services whose visitors it keeps waiting, and why."""
    steps = until_live(plan).steps
    stops = {s.subject: s for s in steps if _is_pause(s.action)}
    switches = {s.subject: s.number for s in reversed(steps) if _is_switch(s.action)}
    # One that takes over before the last of the old yields: somebody always serves.
    return {
        subject.removeprefix("service:"): step.why
        for subject, step in stops.items()
        if switches.get(subject, step.number) >= step.number
    }


def _is_cleanup(action: Action) -> bool:
    retires = isinstance(action, RenameContainer) and action.to.endswith((DRAINING, STOPPING))
    return retires or isinstance(action, _CLEANUP)


def _is_pause(action: Action) -> bool:
    return isinstance(action, StopContainer) and action.target.endswith(YIELDING)


def _is_switch(action: Action) -> bool:
    return isinstance(action, RenameContainer) and action.target.endswith(STAGED)


def _only(plan: Plan, numbers: set[int]) -> Plan:
    steps: tuple[Step, ...] = tuple(s for s in plan.steps if s.number in numbers)
    return replace(plan, steps=steps)
