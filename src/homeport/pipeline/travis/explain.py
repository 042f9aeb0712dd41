"""The plan for people: a table of the jobs, why each exists, and what was left out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from homeport.pipeline.travis.model import Config, Job

HEAD = ("JOB", "STAGE", "LANGUAGE", "OS", "ENVIRONMENT", "WHY")

_LONGEST = 40  # characters of a cell


def rows(config: Config) -> list[Sequence[str]]:
    """A row for each job, in the order of HEAD."""
    return [_row(job) for job in config.jobs]


def left_out(config: Config) -> Iterable[str]:
    """What the file says and no job runs, and why."""
    for dropped in config.dropped:
        line = f" (line {dropped.line})" if dropped.line else ""
        yield f"left out: {dropped.what}{line}: {dropped.why}"


def summary(config: Config) -> str:
    """`3 jobs in 2 stages: test, deploy`."""
    count = len(config.jobs)
    jobs = f"{count} job{'' if count == 1 else 's'}"
    if not config.stages:
        return jobs
    several = "" if len(config.stages) == 1 else "s"
    return f"{jobs} in {len(config.stages)} stage{several}: {', '.join(config.stages)}"


def _row(job: Job) -> Sequence[str]:
    why = f"{job.why}; may fail" if job.allow_failure else job.why
    system = f"{job.os} {job.arch}" if job.arch else job.os
    return (job.number, job.stage or "-", _language(job), system, _environment(job), why)


def _language(job: Job) -> str:
    """`python 3.6`, and `php 7.2, jdk openjdk8` for more than one version."""
    own = job.versions.get(job.language)
    others = [f"{key} {_text(value)}" for key, value in job.versions.items() if key != job.language]
    first = f"{job.language} {_text(own)}" if own is not None else job.language
    return _short(", ".join([first, *others]))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | dict) else str(value)


def _environment(job: Job) -> str:
    """Names and values; of what is encrypted the name alone."""
    words = [
        f"{one.name}=*" if one.encrypted else f"{one.name}={one.value}"
        for one in job.env
        if not (one.encrypted and one.name == "secure")
    ]
    return _short(" ".join(words)) or "-"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
