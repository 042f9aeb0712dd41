"""After a release went live: it is looked at, what it replaced goes, and its receipt is final.

A version that turns out worse than the one before is taken back, with the figures that decided.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from homeport.delivery.probation import Newcomer, worse
from homeport.delivery.receipt import with_figures
from homeport.delivery.workshop import Workshop
from homeport.errors import Conflict, HomeportError, NotFound
from homeport.events import TakenBack, Warned
from homeport.model.app import Run
from homeport.model.stack import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A release that is live, and whose it is."""

    run: Run
    receipt: dict[str, Any]
    newcomer: Newcomer
    monitored: bool = True  # whether it is taken back where it is worse than the one before


async def look_after(shop: Workshop, arrival: Arrival, clearing: asyncio.Task[None]) -> None:
    """Watch a release for its time, and until what it replaced is gone; then close its receipt."""
    with contextlib.suppress(HomeportError):  # an Engine that is gone says nothing of a release
        if arrival.monitored:
            await _monitor(shop, arrival)
    await asyncio.wait([clearing])
    receipt = with_figures(arrival.receipt, await arrival.newcomer.meter.read())
    shop.memory.receipt(arrival.run.number, receipt)


async def _monitor(shop: Workshop, arrival: Arrival) -> None:
    """Until its time is over, or it is taken back: one service that stays ends nothing."""
    async with contextlib.aclosing(worse(shop.docker, arrival.newcomer)) as found:
        async for service, why in found:
            if _is_taken_back(shop, arrival, service, why):
                return


def _is_taken_back(shop: Workshop, arrival: Arrival, service: Service, why: str) -> bool:
    run, action = arrival.run, service.update.failure_action
    release = int(arrival.receipt["release"])
    to = int(arrival.receipt["rollback_to"]) if action == "rollback" else 0
    shop.memory.record(
        TakenBack(app=run.app, run=run.number, release=release, to=to, reason=why)
        if to
        else Warned(app=run.app, run=run.number, text=f"{why}: {_stays(action)}")
    )
    if to:
        _go_back(shop, run, to)
    return bool(to)


def _go_back(shop: Workshop, run: Run, to: int) -> None:
    try:
        shop.go_back(run.app, to)
    except (NotFound, Conflict) as error:
        text = f"release {to} could not be gone back to: {error.message}"
        shop.memory.record(Warned(app=run.app, run=run.number, text=text))


def _stays(action: str) -> str:
    if action == "rollback":
        return "it stays, since there is no earlier release"
    return f"it stays: failure_action is {action}"


async def end_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End what is looked at: another release takes its place."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
