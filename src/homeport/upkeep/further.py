"""Further networks, when their stack is gone: `docker compose down` takes its file's alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.errors import Conflict
from homeport.stack.inside import SUFFIX
from homeport.stack.labels import INSTANCE
from homeport.stack.observe import PROJECT

_REST = 1.0  # seconds after which who took a stack away has done it


class Further:
    """Looks when the last container of a project has gone, and once at the start."""

    def __init__(
        self, watch: Watch, docker: Docker, instance: str, clear: Callable[[str], Awaitable[None]]
    ) -> None:
        """`clear` takes away what is left of a project, where nobody moves it."""
        self._watch, self._docker = watch, docker
        self._instance, self._clear = instance, clear

    async def run(self) -> None:
        """Look, for ever."""
        before: set[str] | None = None
        async for _ in self._watch.changes():
            now = self._projects()
            if before is None or before - now:
                await asyncio.sleep(_REST)
                await self._look()
            before = now

    async def _look(self) -> None:
        mine = await self._docker.networks(labels=(f"{INSTANCE}={self._instance}",))
        owners = {n.labels.get(PROJECT, "") for n in mine if n.name.endswith(SUFFIX)}
        for project in sorted(owners - self._projects()):
            with contextlib.suppress(Conflict):  # it is coming, and will use them
                await self._clear(project)

    def _projects(self) -> set[str]:
        return {container.project for container in self._watch.view.values()}
