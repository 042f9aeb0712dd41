"""The registry, who publishes to it, what is kept of it, and what is followed elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Iterator
from typing import Any

from homeport.daemon.core import Core
from homeport.daemon.keep import RegistryKeeper
from homeport.daemon.registry import closed_flag, full_flag, registry_of
from homeport.daemon.supervise import started
from homeport.delivery.publisher import Publisher
from homeport.delivery.retire import forget_old_releases
from homeport.delivery.watched import Watched, bases_of, pinned, rebuilds, watched
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError, NotFound
from homeport.events import BaseMoved, DiskFreed
from homeport.model.app import App, Release
from homeport.pipeline.shelf import make_room
from homeport.registry.collect import Freed, collect
from homeport.registry.registry import Registry
from homeport.registry.retention import YOUNG
from homeport.registry.storage import has_room
from homeport.upkeep import disk, images

_ROOM_EVERY = 3.0  # seconds between two looks at how full the disk is


class Registrar:
    """The registry's container, and whether it answers: there before a workshop is."""

    def __init__(self, core: Core) -> None:
        self.registry = found = registry_of(core.settings)
        self.keeper = _keeper_of(core, found) if found else None
        self.answers = self.keeper.ready if self.keeper else asyncio.Event()

    @property
    def settled(self) -> bool:
        """Whether it answers, or it is known why it does not."""
        return self.keeper is None or self.keeper.settled

    async def take_away(self) -> None:
        """Remove the container; the images stay."""
        if self.keeper:
            await self.keeper.take_away()

    def status(self) -> dict[str, Any]:
        """For `homeport status`."""
        return {
            "address": self.registry.address if self.registry else "",
            "ready": self.answers.is_set(),
            "trouble": self.keeper.trouble if self.keeper else "",
        }


def _keeper_of(core: Core, registry: Registry) -> RegistryKeeper:
    return RegistryKeeper(core.settings, core.watch, core.mover, registry, core.system)


class Images:
    """The publisher, the governor of the disk, and the watch of other registries."""

    def __init__(
        self,
        core: Core,
        shop: Workshop,
        follow: Callable[[App, str], int],
        deploy: Callable[[App, str, str, str], int],
    ) -> None:
        self._settings, self._store, self._proxy = core.settings, core.store, core.proxy
        self._docker, self._shop, self._follow, self._deploy = core.docker, shop, follow, deploy
        self._building: set[asyncio.Task[None]] = set()
        self.governor = disk.Governor(
            disk.Parts(
                docker=core.docker,
                registry=shop.registry,
                collect=self._collect,
                forget_releases=self._forget_releases,
                record=core.store.record,
                free=self._free,
                budget=int(core.settings.disk_budget * 1e9),
                builders=lambda: [shop.remote(one) for one in core.store.builders.list()],
                builder_cache=int(core.settings.builder_cache * 1e9),
            )
        )
        self.publisher = Publisher(shop, self.governor.wake)
        self.watch = images.ImageWatch(
            images.Parts(
                watched=self._watched,
                bases=self._bases,
                rebase=self._rebase,
                pinned=pinned,
                tried=self._tried,
                move=self._move,
                record=core.store.record,
                every=core.settings.watch,
            )
        )

    def tasks(self, keeper: RegistryKeeper | None) -> list[asyncio.Task[None]]:
        """The loops, each started again when it fails."""
        loops = {"disk": self.governor.run, "images": self.watch.run, "kept": self._keep_little}
        loops |= {"registry": keeper.run, "room": self._keep_room} if keeper else {}
        return started(loops, self._store.record)

    def publishing(self, run: int) -> asyncio.Event | None:
        """Set once the images of a run are published; None where that cannot be soon."""
        order = self.publisher.of_run(run) if self._shop.published.is_set() else None
        return order.done if order else None

    async def _keep_room(self) -> None:
        """Who pushes must not take the room that homeport's database and git need."""
        flag = full_flag(self._settings)
        while True:
            if has_room(self._settings.registry_dir):
                flag.unlink(missing_ok=True)
            else:
                flag.touch()
            await asyncio.sleep(_ROOM_EVERY)

    async def _keep_little(self) -> None:
        """What jobs keep makes room before jobs are ended for want of it."""
        state = self._shop.state
        while True:
            missing = disk.FREE - shutil.disk_usage(state).free
            if freed := await asyncio.to_thread(make_room, state / "caches", missing):
                self._store.record(DiskFreed(kept=freed))
            await asyncio.sleep(_ROOM_EVERY)

    async def _collect(self, *, pressed: bool) -> Freed | None:
        """Take away what the registry holds for nobody; not while something is published."""
        if self._shop.registry is None or not self.publisher.is_idle:
            return None
        return await collect(
            self._shop.registry,
            superseded=self._store.builds.replaced(),
            keep=YOUNG if pressed else self._settings.keep_untagged * 3600,
            closed=closed_flag(self._settings),
            is_busy=lambda: self._proxy.nginx.is_busy("registry-writes"),
        )

    async def _free(self) -> int | None:
        """What the Engine's disk has left, where it is a folder of this box."""
        folder = str((await self._docker.info()).get("DockerRootDir") or "")
        try:
            return shutil.disk_usage(folder).free
        except OSError:  # homeport runs in a container, or the Engine on another machine
            return None

    async def _forget_releases(self) -> int:
        apps = [app.name for app in self._store.apps.list()]
        return sum([await forget_old_releases(self._shop, app, keep=0) for app in apps])

    def _watched(self) -> Iterator[Watched]:
        """Every image that live releases follow."""
        for app in self._store.apps.list():
            with contextlib.suppress(NotFound):
                if app.current_release:
                    release = self._store.releases.get(app.name, app.current_release)
                    yield from watched(app, release)

    def _bases(self) -> Iterator[Watched]:
        """Every image that published ones were built from."""
        for app in self._store.apps.list():
            if app.current_release:
                yield from bases_of(app, self._store.builds.last(app.name, state="success"))

    def _rebase(self, app: str, image: str, now: str) -> None:
        """A base moved: tell it, and build again where the app asks for that."""
        with contextlib.suppress(NotFound):
            found = self._store.apps.get(app)
            live = self._store.releases.get(app, found.current_release)
            again, digest = rebuilds(live), now.partition("@")[2]
            self._store.record(BaseMoved(app=app, image=image, digest=digest, rebuilds=again))
            if again:
                self._build_again(found, live, image)

    def _build_again(self, app: App, live: Release, image: str) -> None:
        """The same commit, on what the base's tag names now."""

        async def build() -> None:
            with contextlib.suppress(HomeportError):
                await self._docker.image(image)  # one that only BuildKit has, it looks up itself
                async for _ in self._docker.pull(image):
                    pass
            ref = self._store.runs.get(live.run).ref
            self._deploy(app, ref, live.commit, f"{image} moved")

        task = asyncio.create_task(build(), name=f"build {app.name} again")
        self._building.add(task)
        task.add_done_callback(self._building.discard)

    def _tried(self, app: str, image: str) -> bool:
        """Whether a run went to that image already: what failed is not tried again."""
        return any(run.kind == "watch" and run.ref == image for run in self._store.runs.of_app(app))

    def _move(self, app: str, image: str) -> None:
        self._follow(self._store.apps.get(app), image)
