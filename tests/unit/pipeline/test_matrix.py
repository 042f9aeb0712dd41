"""The jobs of a run, from the first to the last."""

from __future__ import annotations

import asyncio

import pytest

from homeport.errors import NotFound
from homeport.pipeline.matrix import Matrix, find_job, run_all
from homeport.pipeline.run import Ended
from homeport.pipeline.schedule import JobState
from homeport.pipeline.travis import Event, Job, plan

THREE = "language: generic\nenv: [A=1, A=2, A=3]\nscript: 'true'\n"
FAST = """
language: generic
script: 'true'
jobs:
  fast_finish: true
  include: [{env: A=1}, {env: MAY=1}]
  allow_failures: [{env: MAY=1}]
"""


def matrix(text: str, ended: dict[str, str], *, most: int = 2) -> Matrix:
    """Jobs that never end, but for the first; `ended` gets what became of each, and why."""

    async def run(job: Job) -> Ended:
        if job.number != "1.1":
            await asyncio.Event().wait()
        return Ended(state=JobState.PASSED, seconds=0.0)

    def finished(job: Job, found: Ended) -> None:
        ended[job.number] = f"{found.state} {found.reason}".strip()

    config = plan(text, file="f", event=Event())
    return Matrix(config=config, most=most, run=run, finished=finished)


@pytest.mark.parametrize(("wanted", "run"), [("2", 1), ("1.2", 1), ("2", 12), ("12.2", 12)])
def test_a_job_is_found_by_its_number_in_the_run_that_is_replayed(wanted: str, run: int) -> None:
    config = plan(THREE, file="f", event=Event())
    assert "1.2" == find_job(config, wanted, run).number


def test_a_job_that_is_not_there_is_told_with_those_of_the_run() -> None:
    with pytest.raises(NotFound) as caught:
        find_job(plan(THREE, file="f", event=Event()), "1.2", 12)
    assert "the jobs are 12.1, 12.2, 12.3" == caught.value.hint


async def test_a_run_that_is_ended_tells_of_each_job_that_was_not_over() -> None:
    ended: dict[str, str] = {}
    running = asyncio.create_task(run_all(matrix(THREE, ended)))
    while not ended:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    over = "cancelled its run was ended"
    assert {"1.1": "passed", "1.2": over, "1.3": over} == ended


async def test_fast_finish_ends_those_that_may_fail() -> None:
    ended: dict[str, str] = {}
    made = matrix(FAST, ended)
    await run_all(made)
    over = "cancelled the required jobs are over (fast_finish)"
    assert {"1.1": "passed", "1.2": over} == ended
    assert JobState.PASSED is made.outcome
