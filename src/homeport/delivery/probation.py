"""A version that has just gone live is looked at: is it worse than the one before?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

import msgspec
from msgspec.structs import replace

from homeport.delivery.ledger import Meter
from homeport.delivery.monitor import UNSAID, Reading, monitored, verdict
from homeport.engine.docker import Docker
from homeport.engine.memory import ran_out
from homeport.errors import NotFound
from homeport.model.container import Container, base_name
from homeport.model.figures import Answers, Figures
from homeport.model.plan import CreateContainer, Plan
from homeport.model.stack import Service, Stack

_EVERY = 0.5  # seconds between two looks


class Newcomer(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is live, and what is known of how it came."""

    stack: Stack
    plan: Plan
    meter: Meter
    until_live: Figures  # what visitors met until then

    @property
    def services(self) -> dict[str, list[str]]:
        """Service -> its new containers."""
        found: dict[str, list[str]] = {}
        for step in self.plan.steps:
            if isinstance(step.action, CreateContainer):
                names = found.setdefault(step.subject.removeprefix("service:"), [])
                names.append(base_name(step.action.target))
        return found


async def worse(
    docker: Docker, newcomer: Newcomer, *, unsaid: float = UNSAID
) -> AsyncGenerator[tuple[Service, str], None]:
    """Each service that turns out worse than before in its own time, once, and why.

    `unsaid`: seconds for which those are looked at of which the file says nothing.
    """
    began = time.monotonic()
    left = [s for n, s in newcomer.stack.services.items() if n in newcomer.services]
    while left := [s for s in left if time.monotonic() - began < monitored(s.update, unsaid)]:
        await asyncio.sleep(_EVERY)
        for service in tuple(left):
            if why := verdict(await _read(docker, newcomer, service)):
                left.remove(service)
                yield service, why


async def _read(docker: Docker, newcomer: Newcomer, service: Service) -> Reading:
    names = newcomer.services[service.name]
    found = [c for c in [await _look(docker, name) for name in names] if c]
    addresses = frozenset(e.address for c in found for e in c.endpoints if e.address)
    before, hosts = newcomer.until_live, service.hosts
    return Reading(
        service=service.name,
        policy=service.update,
        replicas=[c for c in found if not _is_done(c, service)],
        missing=len(names) - len(found),
        before=before.of(hosts) - before.of(hosts, addresses) if hosts else Answers(),
        now=newcomer.meter.last().of(hosts, addresses) if hosts else Answers(),
    )


async def _look(docker: Docker, name: str) -> Container | None:
    try:
        found = await docker.container(name)
    except NotFound:
        return None
    return replace(found, oom_killed=await ran_out(docker, found))


def _is_done(container: Container, service: Service) -> bool:
    """Whether it has done its work, and nobody expects it to run."""
    return not service.hosts and container.state == "exited" and container.exit_code == 0
