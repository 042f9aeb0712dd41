"""What a job keeps for later ones: caches from run to run, workspaces from stage to stage. Pure.

Sources: docs.travis-ci.com, "Caching Dependencies and Directories", "Using Workspaces".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from homeport.pipeline.travis.model import Job

# What `cache: pip` and the like mean.
_FLAGS = {
    "bundler": ("vendor/bundle",),
    "cargo": ("$HOME/.cargo", "target"),
    "ccache": ("$HOME/.ccache",),
    "npm": ("$HOME/.npm", "node_modules"),
    "packages": ("$HOME/R/Library",),
    "pip": ("$HOME/.cache/pip",),
    "yarn": ("$HOME/.cache/yarn",),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What one job leaves for jobs of later stages."""

    name: str
    paths: Sequence[str]


def cached(job: Job) -> tuple[str, ...]:
    """The folders that a job keeps, as they are written: bash expands them."""
    by_flag = (name for flag, on in job.cache.flags.items() if on for name in _FLAGS.get(flag, ()))
    return tuple(dict.fromkeys([*job.cache.directories, *by_flag]))


def cache_key(job: Job) -> str:
    """Which cells of a matrix share a cache: those of equal language, versions and variables."""
    told = [variable.value for variable in job.env if not variable.encrypted]
    text = json.dumps([job.language, job.arch, dict(job.versions), told], default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def created(job: Job) -> list[Workspace]:
    """The workspaces that a job makes; what has no usable name is left out."""
    given = _mapping(job.raw.get("workspaces")).get("create")
    found = (_mapping(one) for one in (given if isinstance(given, list) else [given]))
    return [
        Workspace(name=str(one["name"]), paths=tuple(_strings(one.get("paths"))))
        for one in found
        if _NAME.fullmatch(str(one.get("name", "")))
    ]


def used(job: Job) -> list[str]:
    """The workspaces that a job starts with."""
    names = _strings(_mapping(job.raw.get("workspaces")).get("use"))
    return [name for name in names if _NAME.fullmatch(name)]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Sequence):
        yield from (str(one) for one in value if isinstance(one, str))
