"""Which containers answer: by their healthcheck, or because their port accepts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from homeport.engine.sockets import any_accepts
from homeport.model.container import Container, Health, Phase
from homeport.model.wish import Refused
from homeport.proxy.routes import wish_of

_SOON, _LATER = 0.025, 0.5  # seconds between two tries: at first, and for what takes long
_SAID = (Health.HEALTHY, Health.UNHEALTHY)  # what the Engine is sure of
_PATIENCE = 60.0  # seconds until a container takes long


class Readiness:
    """Remembers who was ready: a container is asked until it is, once each time it starts."""

    def __init__(
        self,
        machine: str = "127.0.0.1",
        *,
        passes: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """What it asks.

        Args:
            machine: at which containers on the machine's own network are reached.
            passes: returns when the healthcheck of a container passes; else the Engine's word
                alone counts.
        """
        self.machine, self._passes = machine, passes
        # Those whose containers are reached; None where all are. Elsewhere a try takes a second.
        self.networks: frozenset[str] | None = None
        self._latest: dict[str, Container] = {}  # as they were seen last
        self._ready: set[tuple[str, str]] = set()
        self._tries: dict[str, asyncio.Task[None]] = {}
        self.changed = asyncio.Event()

    def of(self, containers: Iterable[Container]) -> set[str]:
        """The ids of those that are ready; the others are asked from now on."""
        running = [c for c in containers if c.running]
        self._latest = {c.id: c for c in running}
        self._forget(running)
        return {c.id for c in running if self._is_ready(c)}

    async def settle(self, containers: Iterable[Container]) -> set[str]:
        """Ask each once, now; the ids of those that are ready."""
        running = [c for c in containers if c.running and c.health is Health.NONE]
        answers = await asyncio.gather(*map(self._answers, running))
        self._ready |= {_key(c) for c, ready in zip(running, answers, strict=True) if ready}
        return self.of(containers)

    def trust(self, container: Container) -> None:
        """It was found ready: by whoever waited for it."""
        self._ready.add(_key(container))

    def _is_ready(self, container: Container) -> bool:
        if container.health in _SAID:
            return container.health is Health.HEALTHY
        if _key(container) in self._ready:
            return True
        # One that is staged is waited for, and nobody is sent to it before.
        if container.health is Health.STARTING and container.phase is Phase.STAGED:
            return False
        if container.id not in self._tries:
            self._tries[container.id] = asyncio.create_task(self._try(container))
        return False

    async def _try(self, container: Container) -> None:
        if container.health is Health.STARTING:
            await self._pass(container)
        else:
            await self._accept(container)
        self._ready.add(_key(container))
        self.changed.set()

    async def _pass(self, container: Container) -> None:
        if self._passes is None:
            await asyncio.Event().wait()  # the Engine says it, with an event
        else:
            await self._passes(container.id)

    async def _accept(self, container: Container) -> None:
        began = asyncio.get_running_loop().time()
        while not await self._answers(self._latest.get(container.id, container)):
            waited = asyncio.get_running_loop().time() - began
            await asyncio.sleep(_SOON if waited < _PATIENCE else _LATER)

    async def _answers(self, container: Container) -> bool:
        """Whether each of its ports accepts, at any of its addresses."""
        try:
            ports = wish_of(container).ports
        except Refused:
            return False
        addresses = self._addresses(container)
        return all(await asyncio.gather(*(any_accepts(addresses, port) for port in ports)))

    def _addresses(self, container: Container) -> list[str]:
        if container.network_mode == "host":
            return [self.machine]
        reached = self.networks
        ends = (e for e in container.endpoints if reached is None or e.network in reached)
        return [address for e in ends if (address := e.address or e.address6)]

    def _forget(self, running: list[Container]) -> None:
        """Those that do not run any more, or that were started again."""
        present = {c.id for c in running if c.health not in _SAID}
        for container_id in [i for i in self._tries if i not in present]:
            self._tries.pop(container_id).cancel()
        for container_id in [i for i, task in self._tries.items() if task.done()]:
            del self._tries[container_id]
        self._ready &= {_key(c) for c in running}


def _key(container: Container) -> tuple[str, str]:
    return container.id, container.started_at
