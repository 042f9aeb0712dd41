"""The jobs of a run: as many at once as there may be, stage by stage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from homeport.errors import HomeportError, NotFound
from homeport.pipeline.limits import runs_here
from homeport.pipeline.run import Ended
from homeport.pipeline.schedule import Cell, JobState, given_up, is_over, outcome, ready
from homeport.pipeline.travis.model import Config, Job

_GIVEN_UP = Ended(state=JobState.CANCELLED, seconds=0.0, reason="a stage before it did not pass")
_NOT_AWAITED = Ended(
    state=JobState.CANCELLED, seconds=0.0, reason="the required jobs are over (fast_finish)"
)

_ENDED = Ended(state=JobState.CANCELLED, seconds=0.0, reason="its run was ended")


@dataclass(slots=True, kw_only=True)
class Matrix:
    """What is to be run, and what became of each job.

    `run` carries out one job; `finished` is told of each once, also of those that never ran.
    """

    config: Config
    most: int  # at once
    run: Callable[[Job], Awaitable[Ended]]
    finished: Callable[[Job, Ended], None]
    runs: Callable[[Job], bool] = runs_here  # whether a job runs on this box
    only: Collection[str] = ()  # numbers of jobs, `1.2`; none: all
    states: dict[str, JobState] = field(default_factory=dict)

    @property
    def jobs(self) -> list[Job]:
        """Those that can be run here, and are asked for."""
        here = [job for job in self.config.jobs if self.runs(job)]
        return [job for job in here if not self.only or job.number in self.only]

    @property
    def cells(self) -> list[Cell]:
        """The jobs, as far as their turn depends on it."""
        return [
            Cell(number=j.number, stage=j.stage or "", allow_failure=j.allow_failure)
            for j in self.jobs
        ]

    @property
    def outcome(self) -> JobState:
        """What became of all."""
        return outcome(self.cells, self.states)

    def those(self, state: JobState) -> list[Job]:
        """The jobs that ended so."""
        return [job for job in self.jobs if self.states[job.number] is state]


async def run_all(matrix: Matrix) -> None:
    """Run every job to its end.

    Raises:
        HomeportError: whatever `matrix.run` raises besides what became of its job.
    """
    matrix.states = {job.number: JobState.WAITING for job in matrix.jobs}
    jobs = {job.number: job for job in matrix.jobs}
    under_way: dict[asyncio.Task[Ended], str] = {}
    left = _ENDED  # what is said of those that did not come to an end of their own
    try:
        while not is_over(matrix.cells, matrix.states, fast=matrix.config.fast_finish):
            for number in given_up(matrix.cells, matrix.states):
                _finish(matrix, jobs[number], _GIVEN_UP)
            for number in ready(matrix.cells, matrix.states)[: matrix.most - len(under_way)]:
                matrix.states[number] = JobState.RUNNING
                under_way[asyncio.create_task(_one(matrix, jobs[number]))] = number
            if not under_way:
                break
            done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                _finish(matrix, jobs[under_way.pop(task)], task.result())
        left = _NOT_AWAITED
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        for job in jobs.values():
            if not matrix.states[job.number].final:
                _finish(matrix, job, left)


async def _one(matrix: Matrix, job: Job) -> Ended:
    """A job, whatever comes of it."""
    try:
        return await matrix.run(job)
    except HomeportError as error:
        reason = f"{error.message} ({error.hint})" if error.hint else error.message
        return Ended(state=JobState.ERRORED, seconds=0.0, reason=reason)


def _finish(matrix: Matrix, job: Job, ended: Ended) -> None:
    matrix.states[job.number] = ended.state
    matrix.finished(job, ended)


def find_job(config: Config, wanted: str, run: int = 1) -> Job:
    """A job by its number: `2`, `1.2`, or as one of run 12 `12.2`.

    Raises:
        NotFound: there is none.
    """
    names = ((job, (label(run, job), job.number.rpartition(".")[2])) for job in config.jobs)
    found = [job for job, known in names if wanted in known]
    if not found:
        numbers = ", ".join(label(run, job) for job in config.jobs) or "none"
        raise NotFound(f"there is no job {wanted}", hint=f"the jobs are {numbers}")
    return found[0]


def label(run: int, job: Job) -> str:
    """`12.1`: the job of a plan as one of a run."""
    return f"{run}.{job.number.rpartition('.')[2]}"


def title(job: Job) -> str:
    """What people call it."""
    versions = ", ".join(f"{axis} {version}" for axis, version in job.versions.items())
    return job.name or versions or job.language
