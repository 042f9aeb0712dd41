"""In which order jobs run, and what became of a run. Pure.

Source: docs.travis-ci.com, "Build Stages", "Fast Finishing".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    """What became of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether it is over."""
        return self not in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A job, as far as its turn depends on it."""

    number: str
    stage: str = ""
    allow_failure: bool = False


States = Mapping[str, JobState]


def ready(cells: Sequence[Cell], states: States) -> list[str]:
    """The jobs whose turn it is: those of the first stage that is not over."""
    for stage in _stages(cells):
        mine = [cell for cell in cells if cell.stage == stage]
        if all(states[cell.number].final for cell in mine):
            continue
        return [cell.number for cell in mine if states[cell.number] is JobState.WAITING]
    return []


def given_up(cells: Sequence[Cell], states: States) -> list[str]:
    """The jobs that wait for nothing: a stage before theirs did not pass."""
    stages = _stages(cells)
    for at, stage in enumerate(stages):
        mine = [cell for cell in cells if cell.stage == stage]
        if all(states[c.number].final for c in mine) and outcome(mine, states) != "passed":
            later = set(stages[at + 1 :])
            waiting = (c.number for c in cells if c.stage in later)
            return [number for number in waiting if states[number] is JobState.WAITING]
    return []


def outcome(cells: Iterable[Cell], states: States) -> JobState:
    """What became of a run: of its required jobs the worst, and running while one is."""
    required = [states[cell.number] for cell in cells if not cell.allow_failure]
    if any(not state.final for state in required):
        return JobState.RUNNING
    for state in (JobState.CANCELLED, JobState.ERRORED, JobState.FAILED):
        if state in required:
            return state
    return JobState.PASSED


def is_over(cells: Sequence[Cell], states: States, *, fast: bool) -> bool:
    """Whether a run is over; `fast`: once its required jobs are."""
    if fast and outcome(cells, states).final:
        return True
    return all(states[cell.number].final for cell in cells)


def _stages(cells: Sequence[Cell]) -> list[str]:
    return list(dict.fromkeys(cell.stage for cell in cells))
