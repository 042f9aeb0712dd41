"""The Engine's calls that concern volumes: a part of `engine.docker.Docker`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.engine import objects
from homeport.engine.calls import Calls
from homeport.engine.objects import Volume


class VolumeCalls(Calls):
    """What volumes there are."""

    async def volumes(self, *, labels: tuple[str, ...] = ()) -> list[Volume]:
        """The volumes with all `labels`."""
        query = {"filters": {"label": list(labels)} if labels else None}
        found = (await self._call("GET", "/volumes", query=query)).json()["Volumes"] or []
        return [objects.volume(item) for item in found]

    async def volume(self, name: str) -> Volume:
        """One volume."""
        return objects.volume((await self._call("GET", f"/volumes/{name}")).json())

    async def create_volume(self, name: str, body: Mapping[str, Any]) -> None:
        """Create a volume; nothing where it is there."""
        await self._call("POST", "/volumes/create", body={**body, "Name": name})

    async def remove_volume(self, name: str) -> None:
        """Remove a volume that nobody uses."""
        await self._call("DELETE", f"/volumes/{name}")
