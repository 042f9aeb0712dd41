"""Whose turn it is, and what became of a run."""

from __future__ import annotations

import pytest

from homeport.pipeline.schedule import Cell, JobState, given_up, is_over, outcome, ready

W, R, P, F, E, C = (
    JobState.WAITING,
    JobState.RUNNING,
    JobState.PASSED,
    JobState.FAILED,
    JobState.ERRORED,
    JobState.CANCELLED,
)
CELLS = [
    Cell(number="1.1", stage="test"),
    Cell(number="1.2", stage="test", allow_failure=True),
    Cell(number="1.3", stage="deploy"),
]


def states(*found: JobState) -> dict[str, JobState]:
    return {cell.number: state for cell, state in zip(CELLS, found, strict=True)}


@pytest.mark.parametrize(
    ("now", "turn"),
    [
        (states(W, W, W), ["1.1", "1.2"]),
        (states(R, W, W), ["1.2"]),
        (states(P, R, W), []),
        (states(P, F, W), ["1.3"]),
        (states(P, P, P), []),
    ],
)
def test_a_stage_begins_when_the_one_before_is_over(
    now: dict[str, JobState], turn: list[str]
) -> None:
    assert turn == ready(CELLS, now)


def test_a_stage_that_does_not_pass_cancels_those_after_it() -> None:
    assert ["1.3"] == given_up(CELLS, states(F, P, W))
    assert [] == given_up(CELLS, states(P, F, W))
    assert [] == given_up(CELLS, states(F, R, W))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (states(P, F, P), P),
        (states(F, P, P), F),
        (states(F, P, E), E),
        (states(F, P, C), C),
        (states(F, P, R), R),
        (states(P, R, P), P),
    ],
)
def test_a_run_is_the_worst_of_its_required_jobs(
    now: dict[str, JobState], expected: JobState
) -> None:
    assert expected is outcome(CELLS, now)


def test_a_run_that_finishes_fast_does_not_wait_for_what_may_fail() -> None:
    assert is_over(CELLS, states(P, R, P), fast=True)
    assert not is_over(CELLS, states(P, R, P), fast=False)
    assert not is_over(CELLS, states(P, P, R), fast=True)
