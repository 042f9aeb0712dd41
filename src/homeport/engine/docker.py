"""The Docker Engine API, as far as homeport uses it, in our own types.

Each kind of object has a module: `containers`, `execs`, `images`, `networks`, `volumes`. Facts
about single versions of the API stand there, and in `calls`.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

from homeport.engine import streams
from homeport.engine.containers import ContainerCalls
from homeport.engine.execs import ExecCalls
from homeport.engine.images import ImageCalls
from homeport.engine.networks import NetworkCalls
from homeport.engine.objects import Happening, Version
from homeport.engine.volumes import VolumeCalls


class Docker(ContainerCalls, ExecCalls, ImageCalls, NetworkCalls, VolumeCalls):
    """One Engine. Every method is one call, and raises EngineDown, EngineError or NotFound."""

    async def version(self) -> Version:
        """What this Engine is."""
        found = (await self._call("GET", "/version")).json()
        return Version(engine=found["Version"], api=self._api, os=found["Os"], arch=found["Arch"])

    async def info(self) -> dict[str, Any]:
        """`docker info`, as the Engine gives it."""
        return dict((await self._call("GET", "/info")).json())

    @contextlib.asynccontextmanager
    async def happenings(
        self,
        *,
        since: str = "",
        kinds: tuple[str, ...] = ("container", "network"),
        actions: Iterable[str] = (),
        until: str = "",
    ) -> AsyncIterator[AsyncIterator[Happening]]:
        """Events from `since` to `until` (seconds.nanoseconds); all where no `actions`."""
        filters = {"type": list(kinds)} | ({"event": sorted(actions)} if actions else {})
        query = {"filters": filters, "since": since or None, "until": until or None}
        async with self._stream("GET", "/events", query=query) as parts:
            yield streams.happenings(parts)

    async def raw(self, collection: str, name: str) -> dict[str, Any]:
        """An object of `/networks`, `/volumes`, `/images`, `/exec`, as the Engine gives it."""
        return dict((await self._call("GET", f"{collection}/{name}")).json())
