"""The Engine's calls that concern networks: a part of `engine.docker.Docker`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.engine import objects
from homeport.engine.calls import Calls
from homeport.engine.objects import Network
from homeport.errors import EngineError


class NetworkCalls(Calls):
    """What networks there are, and who is in them."""

    async def networks(self, *, labels: tuple[str, ...] = ()) -> list[Network]:
        """The networks with all `labels`."""
        query = {"filters": {"label": list(labels)} if labels else None}
        found = (await self._call("GET", "/networks", query=query)).json()
        return [objects.network(item) for item in found]

    async def network(self, name: str) -> Network:
        """One network, with the containers in it."""
        return objects.network((await self._call("GET", f"/networks/{name}")).json())

    async def create_network(self, name: str, body: Mapping[str, Any]) -> None:
        """Create a network; a second one of that name is refused."""
        full = {**body, "Name": name, "CheckDuplicate": True}
        try:
            await self._call("POST", "/networks/create", body=full)
        except EngineError as error:
            if "address pool" in error.message:
                error.hint = "docker network prune, or more `default-address-pools` in daemon.json"
            raise

    async def remove_network(self, name: str) -> None:
        """Remove a network that nobody is in."""
        await self._call("DELETE", f"/networks/{name}")

    async def connect(
        self, network: str, container: str, settings: Mapping[str, Any] | None = None
    ) -> None:
        """Let a container join a network."""
        body = {"Container": container, "EndpointConfig": settings or {}}
        await self._call("POST", f"/networks/{network}/connect", body=body)

    async def disconnect(self, network: str, container: str) -> None:
        """Let a container leave a network, at once."""
        body = {"Container": container, "Force": True}
        await self._call("POST", f"/networks/{network}/disconnect", body=body)
