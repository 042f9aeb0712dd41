"""The pages of a run and of its jobs. Pure: what is known in, HTML out.

While a run goes on, its pages ask for themselves again: there is no script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from homeport.events import Event, ReleaseMade, StageFinished, StageStarted
from homeport.model.app import JobRecord, Run
from homeport.pipeline.folds import parts
from homeport.pipeline.passed import page_of
from homeport.web.pages.environment import render_template
from homeport.web.pages.render import LOG_LENGTH, LOG_LINES
from homeport.web.pages.words import last_lines, plain_log

LOG = LOG_LENGTH  # bytes at the end of a log that a page is made of
TOLD = (StageStarted, StageFinished, ReleaseMade)  # kinds of events that stages are made of
_ROLL_OUT = "roll out"
EVERY = 3  # seconds from one look at a run to the next


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of a run; `seconds` is None until it has ended."""

    name: str
    seconds: float | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a log as it is shown."""

    name: str
    seconds: float | None
    text: str
    open: bool


def stages_of(events: Iterable[Event], receipt: Mapping[str, Any]) -> list[Stage]:
    """The stages of a run in their order; one that was begun again counts once.

    Args:
        events: of the run. A release that was made is rolled out.
        receipt: of the run, which knows how long that took; empty before it is live.
    """
    found: dict[str, Stage] = {}
    for event in events:
        if isinstance(event, StageStarted):
            found[event.stage] = Stage(name=event.stage)
        elif isinstance(event, StageFinished):
            found[event.stage] = Stage(name=event.stage, seconds=event.seconds)
        elif isinstance(event, ReleaseMade):
            found[_ROLL_OUT] = Stage(name=_ROLL_OUT)
    if seconds := receipt.get("stages", {}).get(_ROLL_OUT):
        found[_ROLL_OUT] = Stage(name=_ROLL_OUT, seconds=seconds)
    return list(found.values())


def run_page(
    run: Run, stages: Sequence[Stage], jobs: Sequence[JobRecord], log: bytes, *, now: float
) -> str:
    """The page of a run, with the end of its log.

    Args:
        run: it.
        stages: of it, in their order.
        jobs: of it, in their order.
        log: at most LOG bytes of its end.
        now: what times are told from.
    """
    text, missing = _readable(log)
    return render_template(
        "run.html.j2",
        run=run,
        stages=stages,
        jobs=jobs,
        log=text,
        missing=missing,
        now=now,
        every=EVERY,
        waited=max(0.0, (run.started_at or run.finished_at or now) - run.queued_at),
        took=max(0.0, (run.finished_at or now) - run.started_at),
        job_took=partial(_took, now=now),
        page_of=page_of,
    )


def job_page(run: Run, job: JobRecord, log: bytes, *, now: float) -> str:
    """The page of a job, with its log folded as its program has it. `log`: as of `run_page`."""
    return render_template(
        "job.html.j2",
        run=run,
        job=job,
        parts=shown(log, failed=job.state not in ("passed", "running")),
        missing=len(log) >= LOG,
        now=now,
        every=EVERY,
        job_took=partial(_took, now=now),
        page_of=page_of,
    )


def shown(log: bytes, *, failed: bool) -> list[Shown]:
    """The parts of a log. Open are those that people look for: what goes on, and what failed."""
    found = list(parts(_whole(log).splitlines(keepends=True)))
    scripts = [number for number, part in enumerate(found) if part.name.startswith("script")]
    wanted = {scripts[-1]} if failed and scripts else set()
    return [
        Shown(
            name=part.name,
            seconds=part.seconds,
            text=_readable(part.text)[0],
            open=part.seconds is None or number in wanted,
        )
        for number, part in enumerate(found)
    ]


def _whole(log: bytes) -> bytes:
    """Without the half of a line that the end of a long log begins with."""
    return log[log.find(b"\n") + 1 :] if len(log) >= LOG else log


def _readable(log: bytes) -> tuple[str, bool]:
    """What people read of a log, and whether something of it is missing."""
    text, missing = last_lines(_whole(log).decode(errors="replace"), LOG_LINES, LOG_LENGTH)
    return plain_log(text).rstrip(), bool(missing) or len(log) >= LOG


def _took(job: JobRecord, *, now: float) -> float:
    """Seconds of a job; until now while it goes on."""
    going = job.state == "running" and job.started_at
    return max(0.0, now - job.started_at) if going else job.seconds
