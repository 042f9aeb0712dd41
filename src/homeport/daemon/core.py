"""What every room of the daemon stands on: the store, the Engine, the proxy, and who keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from homeport.daemon.keep import SystemKeeper
from homeport.daemon.memory import StoreMemory
from homeport.daemon.system import proxy_of
from homeport.delivery.apply import Mover
from homeport.delivery.ledger import Ledger
from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.model.container import Container
from homeport.proxy.apply import Proxy
from homeport.proxy.waits import Switch
from homeport.settings import Settings
from homeport.store.ledger import Store
from homeport.upkeep.follow import Follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The parts that the others are handed."""

    settings: Settings
    store: Store
    memory: StoreMemory
    docker: Docker
    watch: Watch
    proxy: Proxy
    mover: Mover
    follow: Follow
    system: SystemKeeper

    def containers(self) -> Iterable[Container]:
        """Those that are there now."""
        return self.watch.view.values()

    def mover_with(self, ledger: Ledger) -> Mover:
        """One that tells another ledger what it does."""
        return _mover(self.settings, self.docker, self.proxy, ledger)


def core_of(settings: Settings) -> Core:
    """The parts, for these settings.

    Raises:
        Unavailable: the state folder cannot be used.
    """
    store, docker = Store(settings.state), Docker(settings.docker_host)
    memory, watch = StoreMemory(store), Watch(docker, store.record)
    proxy = proxy_of(docker, settings)
    mover = _mover(settings, docker, proxy, memory)
    follow = Follow(watch, proxy, store.record)
    return Core(
        settings=settings,
        store=store,
        memory=memory,
        docker=docker,
        watch=watch,
        proxy=proxy,
        mover=mover,
        follow=follow,
        system=SystemKeeper(settings, watch, proxy, follow, mover),
    )


def _mover(settings: Settings, docker: Docker, proxy: Proxy, ledger: Ledger) -> Mover:
    return Mover(
        docker,
        Switch(docker, proxy, followed=True),
        ledger,
        instance=settings.instance,
        locks=settings.locks,
    )
