"""How one Engine is called: the API version that both speak, and what an error means.

The version is negotiated with `/_ping`: ours, or the Engine's where that is older.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from homeport.engine.http import Answer, Transport
from homeport.errors import EngineError, NotFound, Unavailable

if TYPE_CHECKING:
    import ssl

NEWEST = (1, 51)
OLDEST = (1, 41)


class Calls:
    """One Engine, as each kind of its calls uses it: `_call` for one answer, `_stream` for parts.

    Every call raises EngineDown, EngineError or NotFound.
    """

    def __init__(self, host: str = "", *, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: for an Engine at `tcp://` that wants certificates."""
        self.host = host or os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        self._http = Transport(self.host, tls=tls)
        self._prefix = ""
        self._api = OLDEST

    @property
    def is_local(self) -> bool:
        """Whether it is this machine's: its ports are those that are seen from here."""
        return self.host.startswith("unix://")

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    async def negotiate(self) -> tuple[int, int]:
        """Agree on an API version; done before the first call, once."""
        answer = await self._http.call("GET", "/_ping")
        theirs = answer.headers.get("api-version", "1.41")
        major, minor = (int(part) for part in theirs.split(".")[:2])
        if (major, minor) < OLDEST:
            raise Unavailable(
                f"this Engine speaks API {theirs}, homeport needs 1.41",
                hint="install Docker Engine 20.10 or newer",
            )
        self._api = min((major, minor), NEWEST)
        self._prefix = f"/v{self._api[0]}.{self._api[1]}"
        return self._api

    async def _version(self) -> str:
        if not self._prefix:
            await self.negotiate()
        return self._prefix

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Answer:
        path = await self._version() + path
        try:
            return await self._http.call(method, path, query=query, body=body)
        except EngineError as error:
            if error.status == 404:
                raise NotFound(error.message) from error
            raise

    @contextlib.asynccontextmanager
    async def _stream(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        path = await self._version() + path
        stream = self._http.stream(method, path, query=query, body=body, headers=headers)
        try:
            async with stream as parts:
                yield parts
        except EngineError as error:
            if error.status == 404:
                raise NotFound(error.message) from error
            raise
