"""One job, from its program to what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from homeport.pipeline.bash.program import PHASES
from homeport.pipeline.container import Home, Silent, open_job
from homeport.pipeline.output import Output
from homeport.pipeline.room import with_room
from homeport.pipeline.schedule import JobState
from homeport.pipeline.serve import Hands
from homeport.pipeline.work import INSIDE

_PLACES = ("env", "setup", *PHASES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A job that is to be run: where, and what."""

    home: Home
    program: str
    secrets: Sequence[str] = ()
    seconds: float = 3000.0
    silence: float = 600.0
    # Called with the folder in which the job left what is kept of it.
    keep: Callable[[Path], None] = lambda _folder: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a job."""

    state: JobState
    seconds: float
    reason: str = ""
    image: str = ""  # the id of what it ran in
    key: str = ""  # of everything that went into it


async def run_job(task: Task, hands: Hands, write: Callable[[bytes], None]) -> Ended:
    """Run a job to its end. Its output, without secrets, goes to `write` as it comes.

    Raises:
        HomeportError: its container could not be started.
    """
    began, folder = time.monotonic(), task.home.folder / "run"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "program").write_text(task.program)
    home = replace(task.home, binds=(*task.home.binds, f"{folder}:{INSIDE}"))
    output, reason, status = Output(write, task.secrets), "", -1
    async with open_job(home, hands) as container:
        running = container.run(
            ["bash", f"{INSIDE}/program"],
            take=output.take,
            seconds=task.seconds,
            silence=task.silence,
            env={"HOMEPORT_RESULT": f"{INSIDE}/result"},
        )
        try:
            status = await with_room(home.folder, running)
        except Silent as error:
            reason = error.message
        output.end()
        state = _state(status, folder / "result")
        if status >= 0:
            await asyncio.to_thread(task.keep, folder)
        if state is not JobState.PASSED:
            reason = reason or _reason(status, folder / "result")
    return Ended(state=state, seconds=round(time.monotonic() - began, 3), reason=reason)


def _state(status: int, told: Path) -> JobState:
    """What became of it; a status alone tells less: an `exit 1` is a failure."""
    if status < 0:
        return JobState.ERRORED
    return _said(status, told) or (JobState.FAILED if status else JobState.PASSED)


def _said(status: int, told: Path) -> JobState | None:
    """What the program said of itself, where its status does not belie it."""
    with contextlib.suppress(OSError, ValueError):
        said = JobState(told.read_text(errors="replace").strip())
        if (said is JobState.PASSED) == (status == 0) and said.final:
            return said
    return None


def _reason(status: int, told: Path) -> str:
    """Where it failed: a command of `script` goes on, and is told of at the end."""
    said, phase = _said(status, told), ""
    with contextlib.suppress(OSError):
        phase = told.with_name(f"{told.name}.phase").read_text(errors="replace").strip()
    if said is JobState.ERRORED and not phase:
        return "no script was run"
    where = "script" if said is JobState.FAILED else phase
    return f"it ended with status {status}" + (f" in {where}" if where in _PLACES else "")
