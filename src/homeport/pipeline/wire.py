"""The client's end of a job's socket in HTTP/1.1, and what it has in common with the Engine's."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import h11

_CHUNK = 65536
_LARGEST_HEAD = 1 << 20  # bytes
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


class End:
    """One end of the way: events of h11 that come, and events that go."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        connection: h11.Connection,
    ) -> None:
        """`connection`: in homeport's role at this end."""
        self.reader, self.writer, self._h11 = reader, writer, connection

    def leftover(self) -> bytes:
        """What came after the last event already."""
        return bytes(self._h11.trailing_data[0])

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


class Wire(End):
    """The client's end: homeport is its server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        super().__init__(reader, writer, connection)
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
        chunked = "transfer-encoding" in self._headers
        return chunked or self.header("content-length") not in ("", "0")

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
        await self._rest()  # else the connection ends, on which the client may be asking again

    async def switch(self, head: Head) -> None:
        """Tell the client that raw bytes follow."""
        self.answered = True
        kind = self.header("upgrade")
        headers = [("Connection", "Upgrade"), ("Upgrade", kind)]
        headers += [(n.decode(), v.decode()) for n, v in head.headers if n == b"content-type"]
        await self._send(h11.InformationalResponse(status_code=101, headers=headers))

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

    async def _send(self, event: Any) -> None:
        self._write(event)
        await self.writer.drain()
