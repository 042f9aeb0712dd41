"""Taking the system stack away: nginx and the registry, with no daemon running."""

from __future__ import annotations

import asyncio

from homeport.daemon.memory import StoreMemory
from homeport.daemon.registry import registry_project
from homeport.daemon.system import proxy_of
from homeport.delivery.apply import Mover, Where
from homeport.engine.docker import Docker
from homeport.proxy.waits import Switch
from homeport.settings import Settings
from homeport.store.ledger import Store


def take_away(settings: Settings) -> None:
    """Remove the system stack; for `down --all`, with no daemon running."""
    asyncio.run(_take_away(settings))


async def _take_away(settings: Settings) -> None:
    docker = Docker(settings.docker_host)
    store = Store(settings.state)
    try:
        switch = Switch(docker, proxy_of(docker, settings), followed=False)
        mover = Mover(
            docker, switch, StoreMemory(store), instance=settings.instance, locks=settings.locks
        )
        for project in (registry_project(settings), settings.system_project):
            await mover.down(Where(project=project), volumes=True)
    finally:
        docker.close()
        store.close()
