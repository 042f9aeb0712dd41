"""After the daemon ended in the middle of something: observe, plan again, go on.

All that is stored of an interrupted deployment is which release it was going to, forward or back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from homeport.delivery.apply import Where
from homeport.delivery.blueprint import stack_of
from homeport.delivery.files import files_of
from homeport.delivery.jobs import put_left_aside
from homeport.delivery.queue import Deliveries
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError
from homeport.events import DeploymentFinished, RunFinished, Warned
from homeport.model.app import Run, RunState

# A run that has ended the daemon twice is not tried a third time.
_TRIES = 2


class Interrupted(Protocol):
    """A deployment that was under way."""

    @property
    def app(self) -> str:
        """Whose it is."""

    @property
    def run(self) -> int:
        """The run that asked for it."""


class History(Protocol):
    """What is known of what was interrupted."""

    def unfinished(self) -> list[Run]:
        """Runs that are queued or running, oldest first."""

    def unfinished_deployments(self) -> Sequence[Interrupted]:
        """Deployments that are under way."""

    def run(self, number: int) -> Run:
        """One run."""

    def resumed(self, number: int) -> int:
        """Count one more attempt at a run; how many that makes."""


def resume(shop: Workshop, history: History, deliveries: Deliveries) -> list[Run]:
    """Queue or close every run that was under way; called before a push can come in.

    Returns those that are over, but whose deployment is not: for `settle`.
    """
    put_left_aside(shop)
    runs = history.unfinished()
    resumed = {run.app for run in runs if _resume(shop, history, deliveries, run)}
    left = {d.app: d.run for d in history.unfinished_deployments() if d.app not in resumed}
    return [history.run(number) for number in left.values()]


async def settle(shop: Workshop, runs: Sequence[Run]) -> None:
    """Finish what these left: called once the Engine and the proxy are there."""
    for run in runs:
        await _settle(shop, run)


def _resume(shop: Workshop, history: History, deliveries: Deliveries, run: Run) -> bool:
    if history.resumed(run.number) < _TRIES:
        deliveries.resume(run)
        return True
    shop.memory.record(
        RunFinished(
            app=run.app,
            run=run.number,
            state=RunState.INTERRUPTED,
            reason=f"homeport ended {_TRIES} times in the middle of it",
            hint=f"homeport run retry {run.number}",
        )
    )
    return False


async def _settle(shop: Workshop, run: Run) -> None:
    """Finish what a run that is over left: go to the release that is wanted, and clear up."""
    app = shop.memory.app(run.app)
    if not app.current_release:
        return
    release = shop.memory.release(app.name, app.current_release)
    stack = stack_of(release, app)
    where = Where(project=app.name, app=app.name, run=run.number)
    try:
        await files_of(shop, app, release)
        await (await shop.mover.forward(stack, where, live=lambda _plan: None))
    except HomeportError as error:
        shop.memory.record(Warned(app=app.name, run=run.number, text=f"after a crash: {error}"))
    shop.memory.record(
        DeploymentFinished(
            app=app.name, run=run.number, release=app.current_release, state="live", seconds=0.0
        )
    )
