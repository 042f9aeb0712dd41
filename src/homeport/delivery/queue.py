"""The queue: one run of an app at a time, and the newest push wins."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from dataclasses import dataclass, field, replace

from homeport.delivery.aftermath import end_all
from homeport.delivery.deliver import Journey, make_release
from homeport.delivery.pipeline import Skipped
from homeport.delivery.publisher import Publisher
from homeport.delivery.pulls import test_pull
from homeport.delivery.retire import forget_old_releases
from homeport.delivery.roll_out import Target, retreat, roll_out
from homeport.delivery.scaling import as_counts, as_ref, check_counts
from homeport.delivery.watched import moved_release
from homeport.delivery.workshop import Queue, Workshop
from homeport.errors import Conflict, HomeportError, RequestError, Unavailable
from homeport.events import RunApproved, RunFinished, RunQueued, RunStarted
from homeport.model.app import App, PullRequest, Release, Run, RunState
from homeport.source import refs

_OPENS_WITHIN = 60.0  # seconds
_PUBLISHED = ("push", "deploy", "retry")  # kinds of runs whose images are published
_OURS = "this is a fault of homeport: its log shows where; please report it"


@dataclass(slots=True, kw_only=True)
class Work:
    """A run that is queued or under way."""

    run: Run
    task: asyncio.Task[None] | None = None
    rolling: bool = False  # from here on it is finished, not cancelled, for a newer one
    ended_by: tuple[RunState, str] | None = None  # why it is being cancelled
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Line:
    """The runs of one app, in order."""

    def __init__(self, shop: Workshop, publisher: Publisher) -> None:
        self._shop, self._publisher = shop, publisher
        self._waiting: list[Work] = []
        self._current: Work | None = None
        self._stopping = False

    def add(self, run: Run) -> None:
        """Take a run; one that is older and not yet rolling out gives way to it."""
        for older in [work for work in self._waiting if _gives_way(work.run, run)]:
            self._waiting.remove(older)
            self._finish(older.run, RunState.SUPERSEDED, _newer(run))
        self._waiting.append(Work(run=run))
        current = self._current
        if current is None:
            self._next()
        elif not current.rolling and _gives_way(current.run, run):
            self._cancel(current, RunState.SUPERSEDED, _newer(run))

    def cancel(self, number: int) -> bool:
        """End a run because a person asked for it; False where it is not here."""
        for work in list(self._waiting):
            if work.run.number == number:
                self._waiting.remove(work)
                self._finish(work.run, RunState.CANCELLED, "it was cancelled")
                return True
        current = self._current
        if current and current.run.number == number:
            self._cancel(current, RunState.CANCELLED, "it was cancelled")
            return True
        return False

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._current:
            await self._current.done.wait()

    def _cancel(self, work: Work, state: RunState, reason: str) -> None:
        work.ended_by = (state, reason)
        if work.task:
            work.task.cancel()

    def _next(self) -> None:
        self._current = None
        if self._waiting and not self._stopping:
            work = self._current = self._waiting.pop(0)
            work.task = asyncio.create_task(self._carry_out(work), name=f"run {work.run.number}")

    async def _carry_out(self, work: Work) -> None:
        """Run one run to its end, whatever that is."""
        try:
            await self._attempt(work)
        except asyncio.CancelledError:
            if work.ended_by is None:
                self._stopping = True  # the daemon ends: the run goes on when it starts again
                raise
            await self._abandon(work)
        except Skipped as error:
            await self._store(work.run, error.message)
        except HomeportError as error:
            self._finish(work.run, RunState.FAILED, error.message, error.hint)
            if work.run.kind in _PUBLISHED:
                self._publisher.failed(work.run, error.message)
        except Exception as error:
            self._shop.memory.output(work.run.number, traceback.format_exc())
            self._finish(work.run, RunState.FAILED, f"homeport itself failed: {error!r}", _OURS)
        finally:
            work.done.set()
            self._next()

    async def _attempt(self, work: Work) -> None:
        run = work.run
        await self._opened(run)
        self._shop.memory.record(RunStarted(app=run.app, run=run.number))
        if run.kind == "build":
            await self._publish(run)
            return
        if run.pull:
            await test_pull(self._shop, run)
            self._finish(run, RunState.PASSED)
            return
        target = await self._target(run)
        work.rolling = True
        await roll_out(self._shop, target)
        if run.kind == "push":  # the branch says what is live
            await refs.move(self._shop.repository(run.app), run.ref, run.commit)
        if run.kind == "scale":
            self._shop.memory.set_scale(run.app, target.app.scale)
        if run.kind in _PUBLISHED:
            self._publisher.order(target.app, run)
        self._finish(run, RunState.LIVE)
        await forget_old_releases(self._shop, run.app)

    async def _store(self, run: Run, reason: str) -> None:
        """A commit that asks for nothing: the branch names it, and what is live stays live."""
        if run.kind == "push":
            await refs.move(self._shop.repository(run.app), run.ref, run.commit)
        self._finish(run, RunState.PASSED, reason)

    async def _publish(self, run: Run) -> None:
        """A branch or a tag that does not go live is published, where a rule says so."""
        order = self._publisher.order(self._shop.memory.app(run.app), run)
        if order:
            await order.done.wait()
            if order.fault:
                raise order.fault
        self._finish(run, RunState.PASSED)

    async def _opened(self, run: Run) -> None:
        """A run that comes while homeport starts waits for what it needs."""
        if self._shop.opened.is_set():
            return
        self._shop.memory.output(run.number, "       waiting for the Docker Engine and nginx")
        try:
            async with asyncio.timeout(_OPENS_WITHIN):
                await self._shop.opened.wait()
        except TimeoutError as error:
            raise Unavailable(
                f"homeport did not get ready within {_OPENS_WITHIN:g} s", hint="homeport doctor"
            ) from error

    async def _target(self, run: Run) -> Target:
        """The release that a run goes to: the one it names, or one made of its commit."""
        app = self._shop.memory.app(run.app)
        if run.kind == "scale":
            app = replace(app, scale={**app.scale, **as_counts(run.ref)})
        if run.kind == "watch":
            release = await moved_release(self._shop, run, app)
            return Target(run=run, app=app, release=release, stages={}, cached={})
        # A push that was queued before it may have gone live meanwhile: it is what is scaled.
        number = app.current_release if run.kind == "scale" else run.release
        if number:
            release = self._shop.memory.release(run.app, number)
            return Target(run=run, app=app, release=release, stages={}, cached={})
        journey = Journey(run=run, app=app, shop=self._shop)
        release = await make_release(journey)
        return Target(
            run=run, app=app, release=release, stages=journey.seconds, cached=journey.cached
        )

    async def _abandon(self, work: Work) -> None:
        """A cancelled run that had begun to roll out has to be taken back."""
        state, reason = work.ended_by or (RunState.CANCELLED, "")
        if work.run.kind == "build":
            await self._publisher.cancel(work.run.number, reason)
        if work.rolling:
            app = self._shop.memory.app(work.run.app)
            nothing = Release(app=app.name, number=0, commit="", images={}, config="{}")
            target = Target(run=work.run, app=app, release=nothing, stages={}, cached={})
            await retreat(self._shop, target)
        self._finish(work.run, state, reason)

    def _finish(self, run: Run, state: RunState, reason: str = "", hint: str = "") -> None:
        self._shop.memory.record(
            RunFinished(
                app=run.app,
                run=run.number,
                state=state,
                reason=reason,
                hint=hint,
                seconds=round(time.time() - run.queued_at, 3),
            )
        )


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
            self._give_up(run, RunState.SUPERSEDED, _newer(self._memory.run(number)))
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


def _gives_way(older: Run, newer: Run) -> bool:
    """The newest version wins; how often it runs is another question, and waits its turn."""
    if newer.kind in ("build", "pull"):
        return older.ref == newer.ref
    return not {"scale", "watch"} & {older.kind, newer.kind}


def _newer(run: Run) -> str:
    return f"a newer {run.kind}, run {run.number}, took its place"
