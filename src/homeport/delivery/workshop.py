"""What a delivery works with: handed in whole by the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from homeport.delivery.apply import Mover
from homeport.delivery.ledger import Ledger
from homeport.engine.docker import Docker
from homeport.engine.remote import Remote
from homeport.events import Event, RunQueued
from homeport.model.app import App, Release, Run
from homeport.model.image import Builder, ImageBuild, Platform, read_platform
from homeport.registry.registry import Registry


class Memory(Ledger, Protocol):
    """The ledger, and what it knows of apps and releases."""

    def run(self, number: int) -> Run:
        """One run."""

    def add_build(self, build: ImageBuild) -> ImageBuild:
        """Keep a build; returned with its id."""

    def change_build(self, build: ImageBuild, key: str = "") -> None:
        """Keep what became of a build, and the key of what went in where it is known."""

    def drop_build(self, build: ImageBuild) -> None:
        """Forget a build of which nothing is to be built."""

    def secrets(self, app: str) -> dict[str, str]:
        """The secrets of an app, opened; they are handed to jobs, and shown nowhere."""

    def app_key(self, app: str) -> str:
        """The private key that opens what is encrypted for an app; "" where it has none."""

    def outside_login(self, app: str, registry: str) -> tuple[str, str] | None:
        """User and password of an app for another registry; None where it has none."""

    def secret_versions(self, app: str) -> dict[str, float]:
        """When each secret of an app was set: what changes with it, and tells nothing of it."""

    def job_output(self, run: int, job: str, data: bytes) -> None:
        """Write what a job printed to its log."""

    def passed_before(self, app: str, key: str) -> str:
        """The newest job with the same input that passed, `12.1`; "" where none did."""

    def builders(self) -> list[Builder]:
        """Machines that build for other architectures."""

    def build_of_key(self, repository: str, key: str) -> ImageBuild | None:
        """The newest published build with the same input."""

    def unfinished_builds(self) -> list[ImageBuild]:
        """Builds that are pending or under way, oldest first."""

    def unfinished(self) -> list[Run]:
        """Runs that are queued or running, oldest first."""

    def app(self, name: str) -> App:
        """An app, as it is now."""

    def release(self, app: str, number: int) -> Release:
        """A release; NotFound where it is not kept."""

    def releases(self, app: str) -> list[Release]:
        """The releases of an app, newest first."""

    def add_release(self, release: Release) -> Release:
        """Keep a release; returned with its number."""

    def forget_release(self, release: Release) -> None:
        """Forget a release."""

    def live_before(self, app: str, number: int) -> int:
        """The release that was live before `number`; 0 for none."""

    def set_scale(self, app: str, scale: dict[str, int]) -> None:
        """Keep how many replicas each service has, where it differs from its file."""

    def receipt(self, run: int, receipt: dict[str, object]) -> None:
        """Keep the receipt of a run."""


class Queue(Protocol):
    """What the queue needs of a memory."""

    def queue(self, event: RunQueued) -> int:
        """Make a run of what was asked for; its number."""

    def run(self, number: int) -> Run:
        """One run."""

    def waiting(self, app: str) -> list[Run]:
        """Those of pull requests that nobody has looked at yet, oldest first."""

    def record(self, event: Event) -> None:
        """Write an event, and the change of status that it means."""

    def unfinished(self) -> list[Run]:
        """Those that are queued or running, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Folders, values and parts. `state` holds repositories/, work/, builds/, cache/, scratch/."""

    docker: Docker
    mover: Mover
    memory: Memory
    state: Path
    domain: str
    scheme_port: str  # "" or ":8080", for the URLs that people are shown
    deadline: float
    drain: float
    keep_releases: int
    sbom: bool  # whether what is published is described
    test_deadline: float  # seconds that the tests of a commit may take
    job_deadline: float  # seconds that a job may take
    job_silence: float  # seconds that a job may say nothing; 0: any
    job_image: str  # what hooks run in, and jobs that need no language
    job_images: Mapping[str, str]  # language -> image, in the place of Docker Hub's own
    service_images: Mapping[str, str]  # service of a job -> image
    jobs: int  # of one pipeline at once
    working: asyncio.Semaphore  # a place for each job, of whichever app
    skip_passed: bool  # whether a job with an input that passed before is believed, not run
    untested: bool  # whether a commit may go live of whose jobs none runs on this box
    contained: bool  # homeport runs in a container: its programs are not the box's
    pages: str  # where the pages of runs are: URL/runs/12
    job_marker: str  # what the names of jobs begin with: no other homeport's on this Engine
    registry: Registry | None
    published: asyncio.Event  # set while the registry answers
    building: asyncio.Semaphore
    opened: asyncio.Event  # set once the Engine and the proxy are there
    go_back: Callable[[str, int], None]  # queue the way back of an app to a kept release
    watches: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # app -> its aftermath

    async def native(self) -> Platform:
        """The platform of the Engine."""
        return read_platform((await self.docker.version()).arch)

    def remote(self, builder: Builder) -> Remote:
        """The Engine of a builder."""
        return Remote(name=builder.name, host=builder.host, folder=self.state / "builders")

    def repository(self, app: str) -> Path:
        """The bare repository of an app."""
        return self.state / "repositories" / f"{app}.git"

    def worktree(self, app: str) -> Path:
        """The checkout of an app: kept, so that only what changed is written again."""
        return self.state / "work" / app

    def build_tree(self, app: str) -> Path:
        """The checkout from which images are published: what is live stands in the other."""
        return self.state / "work" / ".published" / app

    def build_records(self, app: str) -> Path:
        """Where the Dockerfiles of an app's builds are kept, a folder for each run."""
        return self.state / "builds" / app

    def caches(self, app: str) -> Path:
        """Where the jobs of an app keep folders from run to run."""
        return self.state / "caches" / app

    @property
    def scratch(self) -> Path:
        """Where builds write what they need no more afterwards: swept when the daemon starts."""
        return self.state / "scratch"

    @property
    def cache(self) -> Path:
        """What `docker compose config` answered before."""
        return self.state / "cache" / "compose"

    def url(self, host: str) -> str:
        """Where people find a host."""
        return f"http://{host}{self.scheme_port}"
