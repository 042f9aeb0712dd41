"""homeport's own containers: brought up at the start, and again whenever they are gone."""

from __future__ import annotations

import asyncio

from homeport.daemon.registry import registry_container, registry_project, registry_stack, reopen
from homeport.daemon.system import container_name, system_stack
from homeport.delivery.apply import Mover, Where
from homeport.engine.watch import Watch
from homeport.errors import HomeportError
from homeport.proxy.apply import Proxy
from homeport.registry.registry import Registry
from homeport.settings import Settings
from homeport.upkeep.follow import Follow

_STARTS = 20.0  # seconds
_ENGINE_RESTARTS = 1.0  # seconds in which the Engine starts again what ended


class SystemKeeper:
    """The loop that does it, and what it knows."""

    def __init__(
        self, settings: Settings, watch: Watch, proxy: Proxy, follow: Follow, mover: Mover
    ) -> None:
        self._settings, self._watch, self._proxy = settings, watch, proxy
        self._follow, self._mover = follow, mover
        self._where = Where(project=settings.system_project)
        self.ready = asyncio.Event()  # set once nginx serves what there is
        self.trouble = ""  # what kept it from running, the last time

    async def take_away(self) -> None:
        """Remove them: nothing is served any more."""
        await self._mover.down(self._where, volumes=True)

    async def run(self) -> None:
        """Bring the system stack up, and again when somebody took it away or stopped it."""
        async for _ in self._watch.changes():
            if self.ready.is_set() and await _runs(self._watch, container_name(self._settings)):
                continue
            try:
                await self._bring_up()
            except HomeportError as error:
                self.trouble = error.message  # `up --detach` waits for this, too
                raise
            self.trouble = ""
            self.ready.set()

    async def _bring_up(self) -> None:
        """The system stack runs, and serves what there is, when this returns."""
        stack = system_stack(self._settings)
        await self._hurry()
        await self._let_go()
        await (await self._mover.forward(stack, self._where, live=lambda _plan: None))
        await self._nginx_answers()
        await self._follow.caught_up()

    async def _hurry(self) -> None:
        """Start it now where the Engine waits: after some crashes in a row for up to a minute."""
        name = container_name(self._settings)
        if any(c.name == name and c.state == "restarting" for c in self._watch.view.values()):
            await self._mover.docker.restart(name, grace=0)

    async def _let_go(self) -> None:
        """Take nginx away where a network of its went while it was down: it could never start."""
        name, docker = container_name(self._settings), self._mover.docker
        nginx = next((c for c in self._watch.view.values() if c.name == name), None)
        if nginx is None or nginx.running:
            return
        there = {network.id for network in await docker.networks()}
        if any(e.network_id and e.network_id not in there for e in nginx.endpoints):
            await docker.remove_container(name, force=True)

    async def _nginx_answers(self) -> None:
        async with asyncio.timeout(_STARTS):
            while not await self._proxy.nginx.generation():
                await asyncio.sleep(0.02)


class RegistryKeeper:
    """The same for the registry, which nothing waits for but what is published."""

    def __init__(
        self,
        settings: Settings,
        watch: Watch,
        mover: Mover,
        registry: Registry,
        nginx: SystemKeeper,
    ) -> None:
        self._settings, self._watch, self._mover = settings, watch, mover
        self._registry, self._nginx = registry, nginx
        self._where = Where(project=registry_project(settings))
        self.ready = asyncio.Event()  # set while it answers
        self.trouble = ""

    @property
    def settled(self) -> bool:
        """Whether it answers, or it is known why it does not."""
        return self.ready.is_set() or bool(self.trouble)

    async def take_away(self) -> None:
        """Remove it; its images stay in the state folder."""
        await self._mover.down(self._where, volumes=True)

    async def run(self) -> None:
        """Bring the registry up, and again when somebody took it away or stopped it."""
        await self._nginx.ready.wait()
        reopen(self._settings)
        name = registry_container(self._settings)
        async for _ in self._watch.changes():
            if self.ready.is_set() and await _runs(self._watch, name):
                continue
            self.ready.clear()
            try:
                await self._bring_up()
            except HomeportError as error:
                self.trouble = error.message
                raise
            self.trouble = ""
            self.ready.set()

    async def _bring_up(self) -> None:
        stack = registry_stack(self._settings)
        await (await self._mover.forward(stack, self._where, live=lambda _plan: None))
        async with asyncio.timeout(_STARTS):
            while not await self._registry.client.answers():
                await asyncio.sleep(0.05)


async def _runs(watch: Watch, name: str) -> bool:
    """Whether a container does, or does again when the Engine has had time to see to it."""
    for pause in (0.0, _ENGINE_RESTARTS):
        await asyncio.sleep(pause)
        if any(c.name == name and c.running for c in watch.view.values()):
            return True
    return False
