"""What a `.travis.yml` comes to: jobs in stages, and all that a runner needs for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from homeport.pipeline.travis.draft import Dropped
from homeport.pipeline.travis.messages import Message


class EventType(StrEnum):
    """What a run is for."""

    PUSH = "push"
    PULL_REQUEST = "pull_request"
    API = "api"
    CRON = "cron"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, as far as conditions ask for it."""

    type: EventType = EventType.PUSH
    branch: str = "master"  # of a pull request: the branch that it goes to
    head_branch: str = ""  # of a pull request: the branch that it comes from
    tag: str = ""
    commit_message: str = ""
    repo: str = ""  # owner/name
    head_repo: str = ""
    sender: str = ""
    fork: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of a job; one whose name is encrypted as well is called `secure`."""

    name: str
    value: str  # as written, quotes included: bash evaluates it when it is exported
    encrypted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """What a job keeps for the next run on the same branch."""

    directories: Sequence[str] = ()
    flags: Mapping[str, bool] = field(default_factory=dict)  # pip, npm, ccache, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """How the commit is checked out."""

    depth: int = 50  # commits; 0: all
    submodules: bool = True
    submodules_depth: int = 0  # commits; 0: all
    strategy: str = "clone"
    quiet: bool = False
    lfs_skip_smudge: bool = False
    sparse_checkout: str = ""
    autocrlf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job: a cell of the matrix, or one that is included."""

    number: str  # `1.3`: the run's number stands before the dot when it runs
    stage: str | None
    name: str | None
    language: str
    os: str
    arch: str | None
    dist: str
    sudo: bool | None
    allow_failure: bool
    versions: Mapping[str, Any]  # python -> 3.6
    env: Sequence[Variable]
    phases: Mapping[
        str, Sequence[str]
    ]  # only those that the file gives: see `defaults` for the others
    services: Sequence[str]
    addons: Mapping[str, Any]
    deploy: Sequence[Mapping[str, Any]]  # each with its `provider`
    cache: Cache
    git: Git
    condition: str  # its `if`, which holds
    raw: Mapping[str, Any]  # its whole configuration, resolved
    why: str  # why it exists
    line: int  # where it is included; 0 for a cell of the matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """`branches`: which branches and tags are built at all."""

    only: Sequence[str] = ()
    excluded: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All that a file says about a run."""

    file: str
    jobs: Sequence[Job]  # in the order in which they are numbered
    stages: Sequence[str]  # in the order in which they run; none: all jobs at once
    fast_finish: bool
    branches: Branches
    messages: Sequence[Message]
    dropped: Sequence[Dropped]
