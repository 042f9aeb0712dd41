"""One job, from its program to what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from homeport.pipeline.bash.program import PHASES
from homeport.pipeline.container import Home, Silent, open_job
from homeport.pipeline.output import Output
from homeport.pipeline.room import with_room
from homeport.pipeline.schedule import JobState
from homeport.pipeline.serve import Hands
from homeport.pipeline.work import INSIDE

_WORD = 100  # bytes
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
    proof: str = ""  # the job that passed with the same, 12.1: this one was not run


async def run_job(task: Task, hands: Hands, write: Callable[[bytes], None]) -> Ended:
    """Run a job to its end. Its output, without secrets, goes to `write` as it comes.

    Raises:
        HomeportError: its container could not be started.
    """
    with _folder_beside(task.home.folder) as folder:
        return await _run_in(folder, task, hands, write)


async def _run_in(folder: Path, task: Task, hands: Hands, write: Callable[[bytes], None]) -> Ended:
    began = time.monotonic()
    (folder / "program").write_text(task.program)
    home = replace(task.home, binds=(*task.home.binds, f"{folder}:{INSIDE}"))
    output, reason, status = Output(write, task.secrets), "", -1
    async with open_job(home, hands) as container:
        running = container.run(
            ["bash", f"{INSIDE}/program"],
            take=output.take,
            seconds=task.seconds,
            silence=task.silence,
            env={"HOMEPORT_RESULT": f"{INSIDE}/result", "HOMEPORT_ROOT": "/"},
        )
        try:
            status = await with_room(home.folder, running)
        except Silent as error:
            reason = error.message
        output.end()
    # Nobody in the container changes any more what is looked at here.
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
    with contextlib.suppress(ValueError):
        said = JobState(left(told))
        if (said is JobState.PASSED) == (status == 0) and said.final:
            return said
    return None


def _reason(status: int, told: Path) -> str:
    """Where it failed: a command of `script` goes on, and is told of at the end."""
    said, phase = _said(status, told), left(told.with_name(f"{told.name}.phase"))
    if said is JobState.ERRORED and not phase:
        return "no script was run"
    where = "script" if said is JobState.FAILED else phase
    return f"it ended with status {status}" + (f" in {where}" if where in _PLACES else "")


@contextlib.contextmanager
def _folder_beside(home: Path) -> Iterator[Path]:
    """Where a job finds its program and leaves its result, which outlives its container."""
    folder = home.with_name(f"{home.name}-run")
    shutil.rmtree(folder, ignore_errors=True)  # of a homeport that was killed
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def left(path: Path) -> str:
    """The word that a job left in a file; "" where it made something else of it.

    A link would be followed on the host, a pipe waited for, a device opened.
    """
    with contextlib.suppress(OSError), _looked_at(path) as number:
        if stat.S_ISREG(os.fstat(number).st_mode):
            with Path(f"/proc/self/fd/{number}").open("rb") as file:
                return file.read(_WORD).decode(errors="replace").strip()
    return ""


@contextlib.contextmanager
def _looked_at(path: Path) -> Iterator[int]:
    """A descriptor that says what something is, and opens nothing."""
    number = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield number
    finally:
        os.close(number)
