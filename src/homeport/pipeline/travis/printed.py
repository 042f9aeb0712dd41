"""The plan as data: the shape of `homeport pipeline plan --json`. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.pipeline.travis.model import Config, Job, Variable


def as_data(config: Config) -> dict[str, Any]:
    """`{"jobs": [...], "stages": [...], "messages": [...]}`."""
    return {
        "jobs": [job_data(job) for job in config.jobs],
        "stages": list(config.stages),
        "messages": [msgspec.to_builtins(message) for message in config.messages],
    }


def job_data(job: Job) -> dict[str, Any]:
    """One job: what decides, and no more."""
    return {
        "number": job.number,
        "stage": job.stage,
        "name": job.name,
        "language": job.language,
        "os": job.os,
        "arch": job.arch,
        "allow_failure": job.allow_failure,
        "versions": dict(job.versions),
        "env": [[variable.name, _shown(variable)] for variable in job.env],
        "phases": {name: list(job.raw[name]) for name in job.phases},
    }


def _shown(variable: Variable) -> str:
    return "*" if variable.encrypted and variable.name != "secure" else variable.value
