"""A job stands still while the Engine mounts a folder of it.

A path is looked at first, and the Engine follows it afterwards: whatever runs of the job could put
a link to the host in the place of a folder between the two. So all of it is paused meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.model.container import Container
from homeport.pipeline.binds import changeable, check_binds, lent
from homeport.pipeline.gate.scope import LABEL, Scope
from homeport.pipeline.gate.verdict import Facts, Kind, Request, refused
from homeport.tasks import to_its_end

# What mounts, and what would end a pause.
_CONCERNED = ("start", "restart", "archive", "unpause")


@dataclass(slots=True, kw_only=True)
class Stillness:
    """Of one job. Nothing of it starts or goes on while another of its requests pauses it."""

    docker: Docker
    scope: Scope
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    @contextlib.asynccontextmanager
    async def kept(self, request: Request, facts: Facts) -> AsyncIterator[None]:
        """Open until the Engine answers a request that may mount something, or start a process.

        Raises:
            Forbidden: a folder leads out of the job's own.
        """
        action = _action(request)
        if action not in _CONCERNED:
            yield
            return
        async with self._one, contextlib.AsyncExitStack() as paused:
            for container in [f.name for q, f in facts.items() if q.kind is Kind.CONTAINER and f]:
                await self._mounted(request, action, container, paused)
            yield

    async def _mounted(
        self, request: Request, action: str, container: str, paused: contextlib.AsyncExitStack
    ) -> None:
        sources = [] if action == "unpause" else lent(await self.docker.inspect(container))
        if not (at_risk := changeable(sources, self.scope)):
            return
        if request.method == "PUT":  # its body comes from who would be paused
            raise refused("copy into a container that is lent a part of its folder")
        if action == "restart":  # what it does while it ends, it does before
            await self.docker.stop(container, grace=_grace(request))
        await paused.enter_async_context(self._paused())
        await asyncio.to_thread(check_binds, at_risk, self.scope)

    @contextlib.asynccontextmanager
    async def _paused(self) -> AsyncIterator[None]:
        stopped: list[str] = []
        try:
            for container in await self._running():
                with contextlib.suppress(HomeportError):  # it has ended
                    await self.docker.pause(container.id)
                    stopped.append(container.id)
            if await self._running():
                raise refused("mount a part of its folder while something of it cannot be paused")
            yield
        finally:
            await to_its_end(self._go_on(stopped))

    async def _running(self) -> list[Container]:
        found = await self.docker.containers(labels=(f"{LABEL}={self.scope.key}",), every=False)
        return [one for one in found if one.state == "running"]

    async def _go_on(self, stopped: list[str]) -> None:
        for container in stopped:
            with contextlib.suppress(HomeportError):  # it was killed meanwhile
                await self.docker.unpause(container)


def _action(request: Request) -> str:
    """What is done to a container; "" where it is none."""
    rest, _, action = request.path.rpartition("/")
    return action if rest.startswith("/containers/") else ""


def _grace(request: Request) -> int | None:
    """Seconds until a container that restarts is killed; None where the Engine knows."""
    given = request.first("t")
    return int(given) if given.isdecimal() else None
