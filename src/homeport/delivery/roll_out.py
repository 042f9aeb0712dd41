"""A release becomes live, or nothing changes: forward, and back when forward fails."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from homeport.delivery.aftermath import Arrival, end_all, look_after
from homeport.delivery.apply import Where
from homeport.delivery.blueprint import stack_of
from homeport.delivery.engine_back import WITHIN, engine_back, through_outages
from homeport.delivery.files import files_of, files_of_live
from homeport.delivery.ledger import Meter
from homeport.delivery.probation import Newcomer
from homeport.delivery.receipt import lines_of, receipt_of, with_figures
from homeport.delivery.rollout import paused
from homeport.delivery.verify import check_images
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError, NotFound
from homeport.events import DeploymentFinished, DeploymentStarted, Warned, WentLive
from homeport.model.app import App, Release, Run
from homeport.model.figures import Figures
from homeport.model.plan import Plan
from homeport.model.stack import Stack
from homeport.stack.policy import turned_back


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
    app, release = target.app, target.release
    await end_all([task for task in [shop.watches.pop(app.name, None)] if task])
    warn = partial(_warn, shop, target)
    await through_outages(shop.docker, lambda: check_images(shop.docker, release), warn)
    await files_of(shop, app, release)
    _began(shop, target, release.number, "forward")
    stack = stack_of(release, app)
    stack = turned_back(stack) if target.run.kind == "rollback" else stack
    async with contextlib.AsyncExitStack() as exits:
        meter = await exits.enter_async_context(shop.mover.measuring(stack.hosts))
        live = _Live(shop, target, stack, meter)
        try:
            clearing = await _forward(shop, target, live)
        except HomeportError:
            _ended(shop, target, release.number, "failed")
            await retreat(shop, target)
            raise
        clearing.add_done_callback(lambda task: _cleared(shop, target, task))
        await _tell(shop, target, live)
        _look_after(shop, live, clearing, exits.pop_all())


async def _tell(shop: Workshop, target: Target, live: _Live) -> None:
    """Keep the receipt, and show it at the end of the log."""
    if paused(live.plan):
        # Who was held has just been answered: nginx has not written of it yet.
        live.receipt = with_figures(live.receipt, await live.meter.read())
    shop.memory.receipt(target.run.number, live.receipt)
    for line in lines_of(live.receipt, app=target.app.name):
        shop.memory.output(target.run.number, f"       {line}")


async def _forward(shop: Workshop, target: Target, live: _Live) -> asyncio.Task[None]:
    return await through_outages(
        shop.docker,
        lambda: shop.mover.forward(live.stack, target.where, live=live),
        partial(_warn, shop, target),
    )


async def retreat(shop: Workshop, target: Target) -> None:
    """Bring back what was live before, and take the new away."""
    app = shop.memory.app(target.app.name)
    before = app.current_release
    _began(shop, target, before, "back")
    try:
        await engine_back(shop.docker, WITHIN)
        await files_of_live(shop, target.run)
        await shop.mover.back(_stack_before(shop, app), target.where)
    except HomeportError as error:
        _ended(shop, target, before, "failed")
        _warn(shop, target, f"going back failed, too: {error.message}")
        return
    _ended(shop, target, before, "back")


def _stack_before(shop: Workshop, app: App) -> Stack | None:
    if not app.current_release:
        return None
    try:
        stack = stack_of(shop.memory.release(app.name, app.current_release), app)
    except NotFound:
        return None
    return turned_back(stack)


class _Live:
    """Called the moment the release serves."""

    def __init__(self, shop: Workshop, target: Target, stack: Stack, meter: Meter) -> None:
        self._shop, self._target, self.stack, self.meter = shop, target, stack, meter
        self._began = time.monotonic()
        self.receipt: dict[str, Any] = {}
        self.plan = Plan()
        self.figures = Figures()

    @property
    def run(self) -> Run:
        """Whose it is."""
        return self._target.run

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
        self.plan, self.figures = plan, self.meter.last()
        receipt = receipt_of(
            run,
            release,
            plan,
            urls=urls,
            seconds=seconds,
            stages=stages,
            cached=target.cached,
            rollback_to=shop.memory.live_before(run.app, release.number),
        )
        self.receipt = with_figures(receipt, self.figures)


def _look_after(
    shop: Workshop,
    live: _Live,
    clearing: asyncio.Task[None],
    exits: contextlib.AsyncExitStack,
) -> None:
    """Go on with it in the background, until the next release takes its place."""
    arrival = Arrival(
        run=live.run,
        receipt=live.receipt,
        newcomer=Newcomer(
            stack=live.stack, plan=live.plan, meter=live.meter, until_live=live.figures
        ),
        monitored=live.run.kind in ("push", "deploy", "retry", "watch"),
    )

    async def watch() -> None:
        async with exits:
            await look_after(shop, arrival, clearing)

    name = f"watch {live.run.app}"
    shop.watches[live.run.app] = asyncio.create_task(watch(), name=name)


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


def _warn(shop: Workshop, target: Target, text: str) -> None:
    shop.memory.record(Warned(app=target.app.name, run=target.run.number, text=text))


def _cleared(shop: Workshop, target: Target, task: asyncio.Task[None]) -> None:
    """Drains are over: the deployment is finished, whether or not all of the old went away."""
    if task.cancelled():
        return  # the next movement of this project goes on with what is left
    error = task.exception()
    if error:
        _warn(shop, target, f"what was replaced is not all gone: {error}")
    _ended(shop, target, target.release.number, "live")
