"""Both ends of a job's socket in HTTP/1.1: the client that asks, and the Engine that is asked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import h11

from homeport.errors import EngineDown
from homeport.pipeline.gate.routes import Rule
from homeport.pipeline.gate.verdict import Forward

_CHUNK = 65536
_PATIENCE = 2.0  # seconds for the rest of a request that is answered already
# What the Engine is told of what a client says; the rest was not judged.
_KEPT = ("content-type", "x-registry-auth", "x-registry-config", "accept", "user-agent")
_SESSION = "x-docker-expose-session-"
# What a client is told of what the Engine says, besides framing.
_DROPPED = ("content-length", "transfer-encoding", "connection", "upgrade")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer; h11 has no responses with status 101."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def told(self) -> list[tuple[bytes, bytes]]:
        """The headers that a client is told."""
        return [(n, v) for n, v in self.headers if n.decode() not in _DROPPED]


class Wire:
    """The client's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        self._headers: dict[str, str] = {}
        self._pending: list[tuple[str, str]] = []
        self.answered = False

    async def request(self) -> h11.Request | None:
        """The head of the next request; None at the end."""
        event = await self._next()
        if not isinstance(event, h11.Request):
            return None
        self.answered = False
        pairs = [(n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in event.headers]
        self._pending, self._headers = pairs, dict(pairs)
        return event

    def header(self, name: str) -> str:
        """A header of the request; "" where it has none."""
        return self._headers.get(name, "")

    @property
    def wants_upgrade(self) -> bool:
        """Whether the client asked for raw bytes."""
        return "upgrade" in self._headers

    @property
    def kept_headers(self) -> list[tuple[str, str]]:
        """Those that the Engine is told."""
        return [(n, v) for n, v in self._pending if n in _KEPT or n.startswith(_SESSION)]

    @property
    def has_body(self) -> bool:
        """Whether a body comes."""
        return "transfer-encoding" in self._headers or self.header("content-length") not in (
            "",
            "0",
        )

    async def body(self) -> AsyncIterator[bytes]:
        """The body of the request."""
        if self._h11.they_are_waiting_for_100_continue:
            await self._send(h11.InformationalResponse(status_code=100, headers=[]))
        while True:
            event = await self._next()
            if not isinstance(event, h11.Data):
                return  # its end, the connection's, or the next request, which has to wait
            yield bytes(event.data)

    async def answer(self, status: int, content: Any) -> None:
        """A JSON answer of homeport's own."""
        body = json.dumps(content).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        headers += [("Api-Version", "1.41")] if status >= 400 else []
        await self._whole(h11.Response(status_code=status, headers=headers), body)

    async def answer_bytes(self, head: Head, body: bytes) -> None:
        """The Engine's head with another body."""
        headers = [*head.told, (b"Content-Length", str(len(body)).encode())]
        await self._whole(h11.Response(status_code=head.status, headers=headers), body)

    async def relay(self, head: Head, parts: AsyncIterator[bytes]) -> None:
        """The Engine's answer, part by part."""
        self.answered = True
        empty = head.status in (204, 304)
        headers = head.told + ([] if empty else [(b"Transfer-Encoding", b"chunked")])
        await self._send(h11.Response(status_code=head.status, headers=headers))
        async for part in parts:
            await self._send(h11.Data(data=part))
        await self._send(h11.EndOfMessage())

    async def stream(self, parts: AsyncIterator[bytes]) -> None:
        """A JSON stream of homeport's own."""
        await self.relay(Head(200, ((b"content-type", b"application/json"),)), parts)

    async def switch(self, head: Head) -> None:
        """Tell the client that raw bytes follow."""
        self.answered = True
        kind = self.header("upgrade")
        headers = [("Connection", "Upgrade"), ("Upgrade", kind)]
        headers += [(n.decode(), v.decode()) for n, v in head.headers if n == b"content-type"]
        await self._send(h11.InformationalResponse(status_code=101, headers=headers))

    def leftover(self) -> bytes:
        """What the client sent after its request already."""
        return bytes(self._h11.trailing_data[0])

    def next_cycle(self) -> bool:
        """Make ready for a further request; False where the connection is over."""
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        self._h11.start_next_cycle()
        return True

    async def _whole(self, response: h11.Response, body: bytes) -> None:
        self.answered = True
        await self._send(response)
        await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())
        await self._rest()

    async def _rest(self) -> None:
        """Read what is left of a request that was answered.

        Closed with bytes unread, a Unix socket takes the answer back.
        """
        if self._h11.they_are_waiting_for_100_continue or self._h11.their_state is h11.DONE:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                async for _ in self.body():
                    pass

    async def _next(self) -> Any:
        while True:
            event = self._h11.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._h11.receive_data(await self.reader.read(_CHUNK))

    async def _send(self, event: Any) -> None:
        data = self._h11.send(event)
        if data:
            self.writer.write(data)
            await self.writer.drain()


class Engine:
    """One request to the Engine, on a connection of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._h11 = h11.Connection(h11.CLIENT)

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
        headers = [("Host", "docker"), *wire.kept_headers]
        if upgrade:
            headers += [("Connection", "Upgrade"), ("Upgrade", wire.header("upgrade"))]
        else:
            headers += [("Connection", "close")]
        length = "" if through and passes else wire.header("content-length")
        if passes and not length:
            headers += [("Transfer-Encoding", "chunked")]
        elif method in ("POST", "PUT"):
            headers += [("Content-Length", length if passes else str(len(content)))]
        self._write(h11.Request(method=method, target=verdict.target, headers=headers))
        if passes:
            async for part in through(wire.body()) if through else wire.body():
                self._write(h11.Data(data=part))
                await self.writer.drain()
        elif not replaced:
            async for _ in wire.body():
                pass
        if content:
            self._write(h11.Data(data=content))
        self._write(h11.EndOfMessage())
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

    def leftover(self) -> bytes:
        """What the Engine sent after its answer already."""
        return bytes(self._h11.trailing_data[0])

    def close(self) -> None:
        """Close it."""
        self.writer.close()

    async def _next(self) -> Any:
        while True:
            event = self._h11.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._h11.receive_data(await self.reader.read(_CHUNK))

    def _write(self, event: Any) -> None:
        data = self._h11.send(event)
        if data:
            self.writer.write(data)


def bound(path: Path) -> socket.socket:
    """A Unix socket at a path of any length: the kernel takes 107 bytes, and a folder's number."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        found.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    return found
