"""A plan as lines of text: what the golden files hold, and what tests compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homeport.pipeline.travis.model import Config, Event
from homeport.pipeline.travis.plan import plan
from homeport.pipeline.travis.printed import as_data

PUSH = Event(branch="master", repo="acme/site")


def planned(text: str, event: Event = PUSH) -> Config:
    """The plan of a file's text."""
    return plan(text, file=".travis.yml", event=event)


def shown(config: Config) -> str:
    """A line for each stage, job, message, and thing that was left out."""
    return "\n".join(_lines(config))


def _lines(config: Config) -> Iterator[str]:
    data = as_data(config)
    if data["stages"]:
        yield f"stages: {', '.join(data['stages'])}"
    for job, said in zip(config.jobs, data["jobs"], strict=True):
        yield f"{' | '.join(_parts(said))} <- {job.why}"
    for left in config.dropped:
        yield f"left out: {left.what} (line {left.line}): {left.why}"
    for one in config.messages:
        yield f"{one.level} {one.line}:{one.column} {one.field}: {one.text}; {one.fix}"


def _parts(job: dict[str, Any]) -> Iterator[str]:
    yield f"{job['number']} {job['language']} {job['os']}"
    yield from (f"{key} {job[key]}" for key in ("arch", "stage", "name") if job[key])
    yield from (f"{key} {value}" for key, value in job["versions"].items())
    if job["env"]:
        yield "env " + " ".join(f"{name}={value}" for name, value in job["env"])
    yield from (f"{name} {commands}" for name, commands in job["phases"].items())
    if job["allow_failure"]:
        yield "may fail"
