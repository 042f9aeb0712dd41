"""The queue: one run of an app at a time, and the newest push wins."""

from __future__ import annotations

import asyncio
import contextlib

from homeport.delivery.aftermath import end_all
from homeport.delivery.line import Line, newer
from homeport.delivery.publisher import Publisher
from homeport.delivery.scaling import as_ref, check_counts
from homeport.delivery.workshop import Queue, Workshop
from homeport.errors import Conflict, RequestError
from homeport.events import RunApproved, RunFinished, RunQueued
from homeport.model.app import App, Run, RunState
from homeport.model.pull import PullRequest


class Deliveries:
    """What the API asks for; each call answers with the number of a run that goes on by itself."""

    def __init__(self, shop: Workshop, memory: Queue, publisher: Publisher) -> None:
        self._shop, self._memory, self._publisher = shop, memory, publisher
        self._lines: dict[tuple[str, bool], Line] = {}

    def push(self, app: App, ref: str, commit: str, by: str) -> int:
        """A push to the deploy branch."""
        return self._queue(RunQueued(app=app.name, kind="push", ref=ref, commit=commit, by=by))

    def build(self, app: App, ref: str, commit: str, by: str) -> int:
        """A push to a branch or a tag that does not go live, whose images are published."""
        return self._queue(RunQueued(app=app.name, kind="build", ref=ref, commit=commit, by=by))

    def pull(self, app: App, ref: str, commit: str, by: str, pull: PullRequest) -> int:
        """A pull request: its jobs run, and nothing goes live. The newest commit of it counts."""
        event = RunQueued(app=app.name, kind="pull", ref=ref, commit=commit, by=by, pull=pull)
        older = [run for run in self._memory.waiting(app.name) if run.ref == ref]
        number = self._queue(event)
        for run in older:
            self._give_up(run, RunState.SUPERSEDED, newer(self._memory.run(number)))
        return number

    def approve(self, run: Run, by: str) -> None:
        """Let a pull request of a fork run.

        Raises:
            Conflict: it does not wait for that.
        """
        if run.state is not RunState.WAITING:
            raise Conflict(f"run {run.number} is {run.state}, and waits for nobody")
        self._memory.record(RunApproved(app=run.app, run=run.number, by=by))
        self.resume(self._memory.run(run.number))

    def deploy(self, app: App, ref: str, commit: str, by: str) -> int:
        """Deploy a commit that is here already."""
        return self._queue(RunQueued(app=app.name, kind="deploy", ref=ref, commit=commit, by=by))

    def retry(self, run: Run, by: str) -> int:
        """Try a run again, from the start."""
        if not run.state.final:
            raise Conflict(
                f"run {run.number} is {run.state}", hint=f"homeport run logs {run.number} -f"
            )
        release = run.release if run.kind in ("rollback", "scale") else 0
        number = self._queue(
            RunQueued(
                app=run.app,
                kind=run.kind,
                ref=run.ref,
                commit=run.commit,
                by=by,
                release=release,
                pull=run.pull,
            )
        )
        if self._memory.run(number).state is RunState.WAITING:  # who tries again has looked
            self.approve(self._memory.run(number), by)
        return number

    def rollback(self, app: App, to: int, by: str) -> int:
        """Go to a kept release; 0 is the one that was live before."""
        number = to or self._shop.memory.live_before(app.name, app.current_release)
        if not number:
            raise RequestError(
                f"app {app.name} has no earlier release to go back to",
                hint=f"homeport releases {app.name}",
            )
        return self._go_to(app, "rollback", number, by)

    def follow(self, app: App, image: str) -> int:
        """Go to the images that the tags of an app name now; `image` is one that moved."""
        commit = self._shop.memory.release(app.name, app.current_release).commit
        return self._queue(
            RunQueued(app=app.name, kind="watch", ref=image, commit=commit, by="watch")
        )

    def scale(self, app: App, counts: dict[str, int], by: str) -> int:
        """Change how many replicas services have."""
        if not app.current_release:
            raise RequestError(f"app {app.name} is not live yet", hint="push it first")
        check_counts(self._shop.memory.release(app.name, app.current_release), app, counts)
        return self._go_to(app, "scale", app.current_release, by, ref=as_ref(counts))

    def cancel(self, run: Run) -> None:
        """End a run; what is live stays live."""
        if run.state is RunState.WAITING:
            self._give_up(run, RunState.CANCELLED, "it was cancelled")
            return
        line = self._lines.get(_line_of(run))
        if not (line and line.cancel(run.number)):
            raise Conflict(f"run {run.number} is {run.state} already")

    def resume(self, run: Run) -> None:
        """Go on with a run that was under way when the daemon ended."""
        self._line(run).add(run)

    async def forget(self, app: str) -> None:
        """End everything that is under way for an app that is being removed."""
        watch = self._shop.watches.pop(app, None)
        await end_all([watch] if watch else [])
        await self._publisher.forget(app)
        lines = [line for builds in (False, True) if (line := self._lines.pop((app, builds), None))]
        for run in self._memory.waiting(app):
            self._give_up(run, RunState.CANCELLED, "the app was removed")
        for run in self._memory.unfinished():
            for line in lines if run.app == app else ():
                line.cancel(run.number)
        for line in lines:
            with contextlib.suppress(asyncio.CancelledError):
                await line.idle()

    def _go_to(self, app: App, kind: str, release: int, by: str, *, ref: str = "") -> int:
        commit = self._shop.memory.release(app.name, release).commit
        event = RunQueued(app=app.name, kind=kind, ref=ref, commit=commit, by=by, release=release)
        return self._queue(event)

    def _queue(self, event: RunQueued) -> int:
        number = self._memory.queue(event)
        run = self._memory.run(number)
        if run.state is not RunState.WAITING:
            self._line(run).add(run)
        return number

    def _give_up(self, run: Run, state: RunState, reason: str) -> None:
        event = RunFinished(app=run.app, run=run.number, state=state, reason=reason)
        self._memory.record(event)

    def _line(self, run: Run) -> Line:
        """Builds wait for builds, and what goes live only for what goes live."""
        return self._lines.setdefault(_line_of(run), Line(self._shop, self._publisher))


def _line_of(run: Run) -> tuple[str, bool]:
    return run.app, run.kind in ("build", "pull")
