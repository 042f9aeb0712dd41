"""One view of the facts, kept by the Engine's events: one call for what an event names.

Subscribe, then list, then follow: nothing falls between. docker-gen asks for every container at
each event. A stream that is lost is opened again at once, and everything is listed anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from homeport.engine.docker import Docker
from homeport.engine.objects import Happening
from homeport.errors import EngineError, HomeportError, NotFound
from homeport.model.container import Container
from homeport.proxy.gen.facts import Engine, Facts
from homeport.proxy.gen.read import read_engine, read_facts

# docker-gen's, and those by which a name, a path or a state is another one.
_EVENTS = (
    "create",
    "start",
    "stop",
    "die",
    "destroy",
    "rename",
    "pause",
    "unpause",
    "health_status",
    "connect",
    "disconnect",
)
_RELIST = 60.0  # seconds after which everything is listed though nothing happened
_SOON, _LATER = 0.1, 2.0  # seconds until a lost Engine is looked for again, at first and at most
_AT_ONCE = 16  # containers that are inspected at the same time

Tell = Callable[[str], None]


class View:
    """The containers that match some filters, as they are now."""

    def __init__(
        self,
        docker: Docker,
        tell: Tell,
        *,
        filters: Mapping[str, Sequence[str]],
        stopped: bool,
        own: str = "",
    ) -> None:
        """`stopped`: those that do not run, too. `own`: the id of our container."""
        self._docker, self._tell, self._own = docker, tell, own
        self._filters, self._stopped = filters, stopped
        self._facts: dict[str, Facts] = {}
        self._listed: dict[str, Container] = {}
        self._internal: dict[str, bool] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._changed = asyncio.Event()
        self._doubtful = False  # whether a container could not be looked at
        self.engine = Engine()
        self.version = 0  # another number whenever something is otherwise; 0: nothing was listed

    @property
    def containers(self) -> list[Facts]:
        """All of them."""
        return list(self._facts.values())

    async def newer(self, version: int) -> None:
        """Return when the view is another than it was at this version."""
        while self.version == version:
            await self._changed.wait()

    async def look(self) -> None:
        """List everything, and inspect what is new or otherwise than before.

        Raises:
            HomeportError: the Engine does not answer, or refuses.
        """
        self._internal = {n.name: n.internal for n in await self._docker.networks()}
        version, info = await asyncio.gather(self._docker.raw("", "version"), self._docker.info())
        self.engine = read_engine(version, info, self._own)
        listed = {c.id: c for c in await self._list({})}
        before = self._listed
        gone = [i for i in self._facts if i not in listed]
        self._doubtful = False
        other = [i for i, c in listed.items() if before.get(i) != c or i not in self._facts]
        for one in gone:
            del self._facts[one]
        await asyncio.gather(*(self._inspect(one) for one in other))
        self._listed = {i: c for i, c in listed.items() if i in self._facts}
        if gone or other or not self.version:
            self._announce()

    async def follow(self) -> None:
        """Keep the view, for ever."""
        pause = 0.0
        while True:
            began = time.monotonic()
            try:
                await self._stream()
                reason = "the Engine ended the stream of its events"
            except* HomeportError as errors:
                reason = str(errors.exceptions[0])
            self._tell(f"{reason}; looking again")
            # At once the first time; an Engine that is down is not asked all the time.
            short = time.monotonic() - began < _LATER
            pause = min(max(2 * pause, _SOON), _LATER) if short else 0.0
            await asyncio.sleep(pause)

    async def _stream(self) -> None:
        # The Engine answers a moment before it subscribes: it is asked for that moment, too.
        since = f"{time.time() - 1:.9f}"
        async with self._docker.happenings(since=since, actions=_EVENTS) as happenings:
            await self.look()
            self._tell("Watching docker events")
            async with asyncio.TaskGroup() as group:
                clock = group.create_task(self._relist())
                async for happening in happenings:
                    await self._take(happening)
                clock.cancel()

    async def _relist(self) -> None:
        while True:
            await asyncio.sleep(_LATER if self._doubtful else _RELIST)
            await self.look()

    async def _take(self, happening: Happening) -> None:
        """Bring the view up to date with one event: one call, two where there is a filter."""
        network = happening.kind == "network"
        name = happening.attributes.get("container", "") if network else happening.id
        if not name:
            return
        before = self._facts.get(name)
        if happening.action == "destroy" or not await self._matches(name):
            self._forget(name)
        else:
            await self._inspect(name)
        if self._facts.get(name) != before:
            self._tell(f"Received event {happening.action} for container {name[:12]}")
            self._announce()

    async def _matches(self, container_id: str) -> bool:
        return not self._filters or bool(await self._list({"id": [container_id]}))

    async def _list(self, more: Mapping[str, Sequence[str]]) -> list[Container]:
        return await self._docker.matching({**self._filters, **more}, every=self._stopped)

    async def _inspect(self, container_id: str) -> None:
        """Look at one; a passing fault keeps what was seen before."""
        try:
            async with self._gate:
                found = await self._docker.inspect(container_id)
            if any(n not in self._internal for n in found["NetworkSettings"]["Networks"] or {}):
                self._internal = {n.name: n.internal for n in await self._docker.networks()}
            internal = [name for name, closed in self._internal.items() if closed]
            facts = read_facts(found, internal=internal)
        except NotFound:
            self._forget(container_id)
            return
        except (EngineError, msgspec.ValidationError, KeyError) as error:
            self._doubtful = True
            self._listed.pop(container_id, None)  # so that it is inspected again
            self._tell(f"container {container_id[:12]} is left as it was: {error}")
            return
        if facts.State.Running or self._stopped or found["State"].get("Paused"):
            self._facts[container_id] = facts
        else:
            self._forget(container_id)

    def _announce(self) -> None:
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _forget(self, container_id: str) -> None:
        self._facts.pop(container_id, None)
        self._listed.pop(container_id, None)
