"""A release becomes live, or nothing changes: forward, and back when forward fails."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from homeport.delivery.apply import Where
from homeport.delivery.blueprint import stack_of
from homeport.delivery.receipt import lines_of, receipt_of
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError, NotFound
from homeport.events import DeploymentFinished, DeploymentStarted, Warned, WentLive
from homeport.model.app import App, Release, Run
from homeport.model.plan import Plan
from homeport.model.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a run is going: the release, and what the receipt says of the way there."""

    run: Run
    app: App
    release: Release
    stages: dict[str, float]
    cached: dict[str, str]

    @property
    def where(self) -> Where:
        """For the journal."""
        return Where(project=self.app.name, app=self.app.name, run=self.run.number)


async def roll_out(shop: Workshop, target: Target) -> None:
    """Make a release live; the old one is back when that fails.

    Returns when it is live. What it replaced is drained and removed after that.

    Raises:
        HomeportError: it did not go live; what was live before serves.
    """
    app, run, release = target.app, target.run, target.release
    _began(shop, target, release.number, "forward")
    live = _Live(shop, target, stack_of(release, app))
    try:
        clearing = await shop.mover.forward(live.stack, target.where, live=live)
    except HomeportError:
        _ended(shop, target, release.number, "failed")
        await retreat(shop, target)
        raise
    clearing.add_done_callback(lambda task: _cleared(shop, target, task))
    shop.memory.receipt(run.number, live.receipt)
    for line in lines_of(live.receipt, app=app.name):
        shop.memory.output(run.number, f"       {line}")


async def retreat(shop: Workshop, target: Target) -> None:
    """Bring back what was live before, and take the new away."""
    app = shop.memory.app(target.app.name)
    before = app.current_release
    _began(shop, target, before, "back")
    try:
        await shop.mover.back(_stack_before(shop, app), target.where)
    except HomeportError as error:
        _ended(shop, target, before, "failed")
        text = f"going back failed, too: {error.message}"
        shop.memory.record(Warned(app=app.name, run=target.run.number, text=text))
        return
    _ended(shop, target, before, "back")


def _stack_before(shop: Workshop, app: App) -> Stack | None:
    if not app.current_release:
        return None
    try:
        return stack_of(shop.memory.release(app.name, app.current_release), app)
    except NotFound:
        return None


class _Live:
    """Called the moment the release serves."""

    def __init__(self, shop: Workshop, target: Target, stack: Stack) -> None:
        self._shop, self._target, self.stack = shop, target, stack
        self._began = time.monotonic()
        self.receipt: dict[str, Any] = {}

    def __call__(self, plan: Plan) -> None:
        shop, target = self._shop, self._target
        run, release = target.run, target.release
        seconds = max(time.time() - run.queued_at, 0.0)
        urls = [shop.url(host) for host in self.stack.hosts]
        shop.memory.record(
            WentLive(
                app=run.app,
                run=run.number,
                release=release.number,
                urls=tuple(urls),
                seconds=round(seconds, 3),
            )
        )
        stages = {**target.stages, "roll out": time.monotonic() - self._began}
        self.receipt = receipt_of(
            run,
            release,
            plan,
            urls=urls,
            seconds=seconds,
            stages=stages,
            cached=target.cached,
            rollback_to=shop.memory.live_before(run.app, release.number),
        )


def _began(shop: Workshop, target: Target, release: int, direction: str) -> None:
    shop.memory.record(
        DeploymentStarted(
            app=target.app.name,
            run=target.run.number,
            release=release,
            direction=direction,
        )
    )


def _ended(shop: Workshop, target: Target, release: int, state: str) -> None:
    seconds = round(time.time() - target.run.queued_at, 3)
    shop.memory.record(
        DeploymentFinished(
            app=target.app.name,
            run=target.run.number,
            release=release,
            state=state,
            seconds=seconds,
        )
    )


def _cleared(shop: Workshop, target: Target, task: asyncio.Task[None]) -> None:
    """Drains are over: the deployment is finished, whether or not all of the old went away."""
    if task.cancelled():
        return  # the next movement of this project goes on with what is left
    error = task.exception()
    if error:
        text = f"what was replaced is not all gone: {error}"
        shop.memory.record(Warned(app=target.app.name, run=target.run.number, text=text))
    _ended(shop, target, target.release.number, "live")
