"""After a release went live: it is looked at, what it replaced goes, and its receipt is final.

A version that turns out worse than the one before is taken back, with the figures that decided.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from homeport.delivery.ledger import Meter
from homeport.delivery.monitor import Reading, monitored, verdict
from homeport.delivery.receipt import with_figures
from homeport.delivery.workshop import Workshop
from homeport.errors import Conflict, HomeportError, NotFound
from homeport.events import TakenBack, Warned
from homeport.model.app import Run
from homeport.model.container import Container, base_name
from homeport.model.figures import Answers, Figures
from homeport.model.plan import CreateContainer, Plan
from homeport.model.stack import Service, Stack

_EVERY = 0.5  # seconds between two looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A release that is live, and what is known of how it came."""

    run: Run
    stack: Stack
    plan: Plan
    receipt: dict[str, Any]
    meter: Meter
    until_live: Figures  # what visitors met until then
    monitored: bool = True  # whether it is taken back where it is worse than the one before

    @property
    def services(self) -> dict[str, list[str]]:
        """Service -> its new containers."""
        found: dict[str, list[str]] = {}
        for step in self.plan.steps:
            if isinstance(step.action, CreateContainer):
                names = found.setdefault(step.subject.removeprefix("service:"), [])
                names.append(base_name(step.action.target))
        return found


async def look_after(shop: Workshop, arrival: Arrival, clearing: asyncio.Task[None]) -> None:
    """Watch a release for its time, and until what it replaced is gone; then close its receipt."""
    with contextlib.suppress(HomeportError):  # an Engine that is gone says nothing of a release
        await _monitor(shop, arrival)
    await asyncio.wait([clearing])
    receipt = with_figures(arrival.receipt, await arrival.meter.read())
    shop.memory.receipt(arrival.run.number, receipt)


async def _monitor(shop: Workshop, arrival: Arrival) -> None:
    services = {n: s for n, s in arrival.stack.services.items() if n in arrival.services}
    seconds = monitored([s.update for s in services.values()]) if arrival.monitored else 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await asyncio.sleep(_EVERY)
        for service in services.values():
            reading = await _read(shop, arrival, service)
            why = verdict(reading)
            if why:
                _decide(shop, arrival, service, why)
                return


async def _read(shop: Workshop, arrival: Arrival, service: Service) -> Reading:
    names = arrival.services[service.name]
    found = [c for c in [await _look(shop, name) for name in names] if c]
    addresses = frozenset(e.address for c in found for e in c.endpoints if e.address)
    before, hosts = arrival.until_live, service.hosts
    return Reading(
        service=service.name,
        policy=service.update,
        replicas=[c for c in found if not _is_done(c, service)],
        missing=len(names) - len(found),
        before=before.of(hosts) - before.of(hosts, addresses) if hosts else Answers(),
        now=arrival.meter.last().of(hosts, addresses) if hosts else Answers(),
    )


async def _look(shop: Workshop, name: str) -> Container | None:
    try:
        return await shop.docker.container(name)
    except NotFound:
        return None


def _is_done(container: Container, service: Service) -> bool:
    """Whether it has done its work, and nobody expects it to run."""
    return not service.hosts and container.state == "exited" and container.exit_code == 0


def _decide(shop: Workshop, arrival: Arrival, service: Service, why: str) -> None:
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
