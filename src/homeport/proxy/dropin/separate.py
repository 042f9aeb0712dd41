"""nginx in a container of its own, which holds no socket: told through the Engine."""

from __future__ import annotations

import asyncio

from homeport.engine.docker import Docker
from homeport.errors import EngineError, HomeportError, NotFound
from homeport.model.container import Container
from homeport.proxy.dropin.server import complaint_of, version_of


class Separate:
    """The container that a name, or the label, says is nginx."""

    status = ""
    resolvers = ""
    retired = 0  # nobody sees them

    def __init__(self, docker: Docker, *, name: str, label: str) -> None:
        """`name` goes before; of those with the label, the first that runs."""
        self._docker, self._name, self._label = docker, name, label
        self.died = asyncio.Event()  # never: it is looked after by who started it

    async def find(self) -> Container | None:
        """It, where it is there."""
        if self._name:
            try:
                return await self._docker.container(self._name)
            except NotFound:
                return None
        found = await self._docker.containers(labels=(self._label,))
        running = sorted((c for c in found if c.running), key=lambda c: c.name)
        return running[0] if running else next(iter(found), None)

    async def begin(self) -> None:
        """It is started by somebody else."""

    async def version(self) -> tuple[int, ...]:
        """Of the program in the container."""
        try:
            return version_of((await self._run("nginx", "-v"))[1])
        except HomeportError:
            return (0,)

    async def check(self) -> str:
        """By `nginx -t` there; one that does not run has nothing to lose."""
        try:
            status, output = await self._run("nginx", "-t")
        except (NotFound, EngineError):
            return ""
        lines = output.strip().splitlines() or ["it said nothing"]
        return (complaint_of(output) or lines[-1]) if status else ""

    async def reload(self, generation: int) -> str:
        """Checked first: a container tells nobody whether a HUP took."""
        complaint = await self.check()
        if complaint:
            return complaint
        found = await self.find()
        if found and found.running:
            await self._docker.kill(found.id, "HUP")
        return ""

    async def look_after(self) -> None:
        """Nothing to do."""

    async def end(self) -> None:
        """It stays."""

    async def _run(self, *command: str) -> tuple[int, str]:
        found = await self.find()
        if found is None or not found.running:
            raise NotFound(f"no container with the label {self._label} runs")
        status, output = await self._docker.run_in(found.id, list(command))
        return status, output.decode(errors="replace")
