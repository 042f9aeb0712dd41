"""Apps, runs and releases: the wishes and the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from homeport.model.pull import PullRequest

DEPLOY_BRANCHES = ("main", "master")

Grants = Mapping[str, str]  # repository or pattern -> pull, push or admin; {}: everything


class RunState(StrEnum):
    """Where a run is. Those after RUNNING are final."""

    WAITING = "waiting"  # a pull request of a fork, until somebody has looked at it
    QUEUED = "queued"
    RUNNING = "running"
    LIVE = "live"
    PASSED = "passed"  # ended well, and was not meant to go live
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"  # a newer push took its place
    INTERRUPTED = "interrupted"  # the daemon ended, and the old version serves

    @property
    def final(self) -> bool:
        """Whether it will not change any more."""
        return self not in (RunState.WAITING, RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Something that can be pushed to. `branch` "" means main or master."""

    name: str
    branch: str = ""
    host: str = ""  # where it is routed without a compose file; "" is NAME.DOMAIN
    created_at: float = 0.0
    current_release: int = 0  # the release that was last asked to be live, 0 for none
    scale: dict[str, int] = field(default_factory=dict)
    public: bool = False  # whether everybody may pull its images, and see their pages
    protected: tuple[str, ...] = ()  # patterns of tags that are never moved once they are there
    builds: str = ""  # rules of automated builds, for a repository whose files have none
    remote: str = ""  # the repository elsewhere that is followed; never with a password in it
    forge: str = ""  # what that is on, where its host does not tell

    @property
    def branches(self) -> tuple[str, ...]:
        """Those that go live: the one that was chosen, or main and master."""
        return (self.branch,) if self.branch else DEPLOY_BRANCHES

    def deploys(self, ref: str) -> bool:
        """Whether a push to `ref` (refs/heads/...) goes live."""
        return ref in {f"refs/heads/{branch}" for branch in self.branches}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: a push, a deploy or a rollback, from the queue to its end. Times are epochs."""

    number: int
    app: str
    kind: str
    ref: str
    commit: str
    state: RunState
    reason: str = ""
    hint: str = ""
    by: str = ""
    release: int = 0  # the release that it made or moved to
    queued_at: float = 0.0
    started_at: float = 0.0
    finished_at: float = 0.0
    receipt: dict[str, object] = field(default_factory=dict)
    pull: PullRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job of a run: 12.1. `state`: running, passed, failed, errored, cancelled."""

    run: int
    number: str
    name: str
    why: str  # which cell of the matrix it is, or where it is included
    state: str
    reason: str = ""
    image: str = ""  # the id of what it ran in
    proof: str = ""  # the job that passed with the same, 12.1, where it was not run
    seconds: float = 0.0
    started_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Commit, images and resolved stack: never changes. Numbers count from 1 in each app."""

    app: str
    number: int
    commit: str
    images: dict[str, str]  # service -> image id (sha256:...)
    config: str  # the resolved stack, as JSON; it may hold secrets and is never shown whole
    run: int = 0
    created_at: float = 0.0
    message: str = ""  # the first line of the commit's message
