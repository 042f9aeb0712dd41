"""The store, as delivery wants to see it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from homeport.events import Event, RunQueued
from homeport.model.app import App, Release, Run
from homeport.model.image import Builder, ImageBuild
from homeport.store.ledger import Store
from homeport.store.releases import Unfinished


class StoreMemory:
    """Satisfies delivery's Memory, Queue and History."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, event: Event) -> None:
        """Write an event, and the change of status that it means."""
        self._store.record(event)

    def output(self, run: int, line: str) -> None:
        """Write a line of a program's output to the log of a run."""
        self._store.output(run, line)

    def job_output(self, run: int, job: str, data: bytes) -> None:
        """Write what a job of a run printed to its own log."""
        self._store.job_output(job, data)

    def passed_before(self, app: str, key: str) -> str:
        """The newest job with the same input that passed."""
        return self._store.jobs.passed_before(app, key)

    def app(self, name: str) -> App:
        """An app, as it is now."""
        return self._store.apps.get(name)

    def set_scale(self, app: str, scale: dict[str, int]) -> None:
        """Keep how many replicas each service has."""
        self._store.apps.set_scale(app, scale)

    def release(self, app: str, number: int) -> Release:
        """A release."""
        return self._store.releases.get(app, number)

    def releases(self, app: str) -> list[Release]:
        """The releases of an app, newest first."""
        return self._store.releases.of_app(app)

    def add_release(self, release: Release) -> Release:
        """Keep a release; returned with its number."""
        numbered = replace(release, number=self._store.releases.next_number(release.app))
        self._store.releases.add(numbered)
        return numbered

    def forget_release(self, release: Release) -> None:
        """Forget a release."""
        self._store.releases.remove(release.app, release.number)

    def live_before(self, app: str, number: int) -> int:
        """The kept release that was live before `number`; 0 for none."""
        return self._store.releases.live_before(app, number)

    def add_build(self, build: ImageBuild) -> ImageBuild:
        """Keep a build; returned with its id."""
        return self._store.builds.add(build)

    def change_build(self, build: ImageBuild, key: str = "") -> None:
        """Keep what became of a build."""
        self._store.builds.change(build, key)

    def drop_build(self, build: ImageBuild) -> None:
        """Forget a build of which nothing is to be built."""
        self._store.builds.drop(build)

    def secrets(self, app: str) -> dict[str, str]:
        """The secrets of an app, opened."""
        return self._store.secrets.values(app)

    def app_key(self, app: str) -> str:
        """The private key that opens what is encrypted for an app; "" where it has none."""
        return self._store.secrets.key(app)

    def outside_login(self, app: str, registry: str) -> tuple[str, str] | None:
        """User and password of an app for another registry."""
        return self._store.secrets.login(app, registry)

    def secret_versions(self, app: str) -> dict[str, float]:
        """When each secret of an app was set."""
        return {secret.name: secret.changed_at for secret in self._store.secrets.list(app)}

    def builders(self) -> list[Builder]:
        """Machines that build for other architectures."""
        return self._store.builders.list()

    def build_of_key(self, repository: str, key: str) -> ImageBuild | None:
        """The newest published build with the same input."""
        return self._store.builds.of_key(repository, key)

    def unfinished_builds(self) -> list[ImageBuild]:
        """Builds that are pending or under way, oldest first."""
        return self._store.builds.unfinished()

    def receipt(self, run: int, receipt: dict[str, Any]) -> None:
        """Keep the receipt of a run."""
        self._store.receipt(run, receipt)

    def queue(self, event: RunQueued) -> int:
        """Make a run of what was asked for; its number."""
        return self._store.queue(event)

    def run(self, number: int) -> Run:
        """One run."""
        return self._store.runs.get(number)

    def waiting(self, app: str) -> list[Run]:
        """Runs of pull requests that nobody has looked at yet."""
        return self._store.runs.waiting(app)

    def unfinished(self) -> list[Run]:
        """Those that are queued or running, oldest first."""
        return self._store.runs.unfinished()

    def unfinished_deployments(self) -> list[Unfinished]:
        """Deployments that are under way."""
        return self._store.releases.unfinished()

    def resumed(self, number: int) -> int:
        """Count one more attempt at a run; how many that makes."""
        return self._store.runs.resumed(number)
