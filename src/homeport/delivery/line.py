"""The runs of one app, in order: one at a time, and the newest push wins."""

from __future__ import annotations

import asyncio
import time
import traceback
from dataclasses import dataclass, field, replace

from homeport.delivery.deliver import Journey, make_release
from homeport.delivery.files import files_of_live
from homeport.delivery.jobfile import Skipped
from homeport.delivery.publisher import Publisher
from homeport.delivery.pulls import test_pull
from homeport.delivery.retire import forget_old_releases
from homeport.delivery.roll_out import Target, retreat, roll_out
from homeport.delivery.scaling import as_counts
from homeport.delivery.watched import moved_release
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError, Unavailable
from homeport.events import RunFinished, RunStarted
from homeport.model.app import Release, Run, RunState
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
            self._finish(older.run, RunState.SUPERSEDED, newer(run))
        self._waiting.append(Work(run=run))
        current = self._current
        if current is None:
            self._next()
        elif not current.rolling and _gives_way(current.run, run):
            self._cancel(current, RunState.SUPERSEDED, newer(run))

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
        try:
            release = await make_release(journey)
        except HomeportError:
            await files_of_live(self._shop, run)
            raise
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
        else:
            await files_of_live(self._shop, work.run)
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


def _gives_way(older: Run, newer: Run) -> bool:
    """The newest version wins; how often it runs is another question, and waits its turn."""
    if newer.kind in ("build", "pull"):
        return older.ref == newer.ref
    return not {"scale", "watch"} & {older.kind, newer.kind}


def newer(run: Run) -> str:
    """Why an older run ended."""
    return f"a newer {run.kind}, run {run.number}, took its place"
