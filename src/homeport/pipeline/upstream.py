"""The Engine's end of a job's socket in HTTP/1.1: what it is asked, and what it answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import h11

from homeport.errors import EngineDown
from homeport.pipeline.gate.routes import Rule
from homeport.pipeline.gate.verdict import Forward
from homeport.pipeline.wire import End, Head, Wire

_WITH_BODY = ("POST", "PUT")


class Engine(End):
    """One request to the Engine, on a connection of its own: homeport is its client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer, h11.Connection(h11.CLIENT))

    @classmethod
    async def connect(cls, host: str) -> Engine:
        """A connection to an Engine, by its DOCKER_HOST.

        Raises:
            EngineDown: it does not answer.
        """
        where = urlsplit(host)
        try:
            if where.scheme == "unix":
                return cls(*await asyncio.open_unix_connection(where.path))
            return cls(*await asyncio.open_connection(where.hostname, where.port or 2375))
        except OSError as error:
            raise EngineDown(f"the Docker Engine does not answer: {error.strerror}") from error

    async def send(
        self,
        wire: Wire,
        method: str,
        verdict: Forward,
        *,
        rule: Rule | None = None,
        upgrade: bool = False,
        through: Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]] | None = None,
    ) -> None:
        """Put a request: with the body that was decided on, or the client's as it comes.

        `through`: what the client's body goes through, which makes it longer or shorter.
        """
        content = b"" if verdict.body is None else json.dumps(verdict.body).encode()
        replaced = verdict.body is not None or (rule is not None and rule.json)
        passes = wire.has_body and not replaced
        headers = [("Host", "docker"), *wire.kept_headers, *_connection(wire, upgrade=upgrade)]
        if passes:
            # What goes through something gets another length.
            headers += [_length("" if through else wire.header("content-length"))]
        elif method in _WITH_BODY:
            headers += [("Content-Length", str(len(content)))]
        self._write(h11.Request(method=method, target=verdict.target, headers=headers))
        if not replaced:
            await self._pass_on(through(wire.body()) if passes and through else wire.body())
        elif content:
            self._write(h11.Data(data=content))
        self._write(h11.EndOfMessage())
        await self.writer.drain()

    async def _pass_on(self, parts: AsyncIterator[bytes]) -> None:
        async for part in parts:
            self._write(h11.Data(data=part))
            await self.writer.drain()

    async def response(self) -> Head:
        """The head of the answer; 101 where raw bytes follow.

        Raises:
            EngineDown: it hung up.
        """
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return Head(event.status_code, tuple(event.headers))
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return Head(101, tuple(event.headers))
            if isinstance(event, h11.ConnectionClosed):
                raise EngineDown("the Docker Engine hung up")

    async def body(self) -> AsyncIterator[bytes]:
        """The body of the answer, as it arrives."""
        while True:
            event = await self._next()
            if not isinstance(event, h11.Data):
                return
            yield bytes(event.data)

    def close(self) -> None:
        """Close it."""
        self.writer.close()


def _connection(wire: Wire, *, upgrade: bool) -> list[tuple[str, str]]:
    if upgrade:
        return [("Connection", "Upgrade"), ("Upgrade", wire.header("upgrade"))]
    return [("Connection", "close")]


def _length(said: str) -> tuple[str, str]:
    return ("Content-Length", said) if said else ("Transfer-Encoding", "chunked")
