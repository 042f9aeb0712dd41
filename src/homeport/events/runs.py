"""A run, from the queue to its end: its stages and its jobs."""

from __future__ import annotations

from homeport.events.base import Event
from homeport.model.pull import PullRequest


class RunQueued(Event, frozen=True, kw_only=True):
    """A push, a deploy or a retry asks for a run.

    `kind`: push, deploy, rollback, scale; build, for a push that does not go live; watch, where the
    image of another registry moved; pull, for a pull request.
    """

    kind: str
    ref: str
    commit: str
    by: str = ""  # the token's name, or the local user
    release: int = 0  # the release to go to, for a rollback
    pull: PullRequest | None = None


class RunApproved(Event, frozen=True, kw_only=True):
    """Somebody looked at a pull request of a fork: its jobs may run."""

    by: str = ""


class RunStarted(Event, frozen=True, kw_only=True):
    """The run was taken from the queue."""


class RunFinished(Event, frozen=True, kw_only=True):
    """The run ended. `state`: live, passed, failed, cancelled, superseded, interrupted."""

    state: str
    reason: str = ""
    hint: str = ""
    seconds: float = 0.0


class StageStarted(Event, frozen=True, kw_only=True):
    """A stage of a run began: check out, build, release, roll out."""

    stage: str
    detail: str = ""


class StageFinished(Event, frozen=True, kw_only=True):
    """A stage of a run ended well."""

    stage: str
    seconds: float
    detail: str = ""


class Warned(Event, frozen=True, kw_only=True):
    """Something a person should know, and that stops nothing."""

    text: str


class JobStarted(Event, frozen=True, kw_only=True):
    """A job of a pipeline runs. `why`: which cell of the matrix it is, or where it is included."""

    job: str  # 12.1
    name: str
    why: str


class JobFinished(Event, frozen=True, kw_only=True):
    """A job ended. `state`: passed, failed, errored, cancelled.

    `key`: of all that went into it. `proof`: the job that passed with the same, where this one was
    not run.
    """

    job: str
    state: str
    reason: str
    seconds: float
    image: str = ""  # the id of what it ran in
    key: str = ""
    proof: str = ""  # 12.1
