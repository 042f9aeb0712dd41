"""The networks that nginx is in: one of each container that it is to answer for."""

from __future__ import annotations

from collections.abc import Collection

from homeport.engine.docker import Docker
from homeport.errors import EngineError, NotFound
from homeport.model.container import Container


class Networks:
    """Those of one nginx."""

    def __init__(self, docker: Docker, nginx: str) -> None:
        self._docker, self._nginx = docker, nginx
        self.joined: set[str] = set()  # by name, as they were seen last

    async def join(self, containers: Collection[Container], wanted: Collection[Container]) -> None:
        """Let nginx join a network of each that asks.

        Args:
            containers: all that there are, nginx among them.
            wanted: those that ask for a route.
        """
        nginx = next((c for c in containers if c.name == self._nginx), None)
        self.joined = {endpoint.network for endpoint in nginx.endpoints} if nginx else set()
        if nginx is None:
            return
        for container in wanted:
            networks = [e.network for e in container.endpoints if not _is_closed(e.network)]
            if container.running and networks and not self.joined.intersection(networks):
                await self._join(networks[0])
                self.joined.add(networks[0])

    async def leave(self, network: str) -> None:
        """Let nginx leave a network that is going to be removed."""
        try:
            await self._docker.disconnect(network, self._nginx)
        except (NotFound, EngineError):
            return  # it is not in it

    async def _join(self, network: str) -> None:
        try:
            await self._docker.connect(network, self._nginx)
        except EngineError as error:
            # What the watch shows is a moment old: nginx may have joined it just now.
            if "already exists in network" not in error.message:
                raise


def _is_closed(network: str) -> bool:
    """Whether a network is none that nginx could join, or is the stack's own affair."""
    return network in ("none", "host") or network.endswith(".inside")
