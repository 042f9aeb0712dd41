"""One view of the containers, kept by the Engine's events, for every loop that needs it.

Subscribe, then list, then follow: nothing falls between. An event only names what to inspect
again, so that a doubled, late or lost one does no harm. A lost connection, and now and then the
clock, lists everything.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence

from msgspec.structs import replace

from homeport.engine.docker import Docker
from homeport.engine.objects import Happening
from homeport.errors import EngineError, HomeportError, NotFound
from homeport.events import EngineBack, EngineLost, Record
from homeport.model.container import Container

_AGAIN = 0.5  # seconds until a lost Engine is looked for again
_RELIST = 60.0  # seconds after which everything is listed though nothing happened
_CHANGES = frozenset({"create", "start", "die", "rename", "pause", "unpause", "update", "destroy"})
# Each healthcheck makes three events of no interest; thirty containers make ten a second.
_ASKED = _CHANGES | {"kill", "health_status", "connect", "disconnect"}
_TERM, _KILL = 15, 9
_AT_ONCE = 16  # containers that are inspected at the same time


class Watch:
    """The containers of one Engine, as they are now."""

    def __init__(
        self,
        docker: Docker,
        record: Record,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        also: str = "",
    ) -> None:
        """`filters`: as of `docker ps`; without them, all. `also`: an id, whatever they say."""
        self._docker, self._record, self._filters = docker, record, filters or {}
        self._also = also
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._view: dict[str, Container] = {}
        self._changed = asyncio.Event()
        self._looked_at: set[str] = set()  # by events, since everything began to be listed
        self._lost = False
        self.complete = False  # whether everything was listed since the Engine last answered

    @property
    def view(self) -> Mapping[str, Container]:
        """Id -> container. It may be read, and not changed."""
        return self._view

    async def changes(self) -> AsyncIterator[None]:
        """Yield once at the start, then whenever the view may have changed."""
        while True:
            changed = self._changed
            if self.complete:
                yield
            await changed.wait()

    async def run(self) -> None:
        """Keep the view, for ever."""
        while True:
            try:
                await self._follow()
            except* HomeportError as errors:
                self._lose(errors.exceptions[0])
            await asyncio.sleep(_AGAIN)

    def _lose(self, error: BaseException) -> None:
        self.complete = False
        if not self._lost:
            self._lost = True
            self._record(EngineLost(reason=str(error)))

    async def _follow(self) -> None:
        # The Engine answers a moment before it subscribes: it is asked for that moment, too.
        since = f"{time.time() - 1:.9f}"
        async with self._docker.happenings(since=since, actions=_ASKED) as happenings:
            await self._list()
            if self._lost:
                self._lost = False
                self._record(EngineBack())
            async with asyncio.TaskGroup() as group:
                clock = group.create_task(self._relist())
                async for happening in happenings:
                    await self._take(happening)
                clock.cancel()

    async def _relist(self) -> None:
        while True:
            await asyncio.sleep(_RELIST)
            await self._list()

    async def _list(self) -> None:
        self._looked_at.clear()
        ids = dict.fromkeys(c.id for c in await self._listed({}))
        ids |= dict.fromkeys([self._also] if self._also else ())
        containers = await asyncio.gather(*map(self._look, ids))
        kept = {c.id: self._marked(c) for c in containers if c and c.id not in self._looked_at}
        # What events told meanwhile is newer than the list, which takes a while.
        kept |= {i: self._view[i] for i in self._looked_at if i in self._view}
        self.complete = True
        if kept != self._view:
            self._view = kept
        self._announce()

    async def _take(self, happening: Happening) -> None:
        """Bring the view up to date with one event."""
        if happening.kind == "network":
            await self._refresh(happening.attributes.get("container", ""))
        elif happening.action == "kill":
            self._mark(happening)
        elif happening.action in _CHANGES or happening.action.startswith("health_status"):
            await self._refresh(happening.id)

    async def _listed(self, more: Mapping[str, Sequence[str]]) -> list[Container]:
        filters = {**self._filters, **more}
        return await (self._docker.matching(filters) if filters else self._docker.containers())

    async def _matches(self, container_id: str) -> bool:
        if not self._filters or container_id == self._also:
            return True
        return bool(await self._listed({"id": [container_id]}))

    async def _refresh(self, container_id: str) -> None:
        known = bool(container_id) and await self._matches(container_id)
        found = await self._look(container_id) if known else None
        if found:
            self._view[found.id] = self._marked(found)
        else:
            self._view.pop(container_id, None)
        self._looked_at.add(container_id)
        self._announce()

    async def _look(self, container_id: str) -> Container | None:
        """One as it is now; as it was, where the Engine fails to say it this once."""
        try:
            async with self._gate:
                return await self._docker.container(container_id)
        except NotFound:
            return None
        except EngineError:
            return self._view.get(container_id)

    def _mark(self, happening: Happening) -> None:
        """A stop signal was sent: it is on its way out before it has ended."""
        found = self._view.get(happening.id)
        if found and _stops(found, happening.attributes.get("signal", "")):
            self._view[found.id] = replace(found, stop_requested=True)
            self._announce()

    def _marked(self, found: Container) -> Container:
        """A stop that was asked for holds until it is started again."""
        before = self._view.get(found.id)
        same = before is not None and before.started_at == found.started_at
        return replace(found, stop_requested=bool(before and same and before.stop_requested))

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _stops(container: Container, signal: str) -> bool:
    """Whether a signal ends it: httpd's own is WINCH, and QUIT makes Java print its threads."""
    return signal in {str(number) for number in (container.stop_signal, _TERM, _KILL)}
