"""Requests to the Docker Engine over its Unix socket or TCP.

Connections are kept and used again, since a plan makes dozens of calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from homeport.engine import wire
from homeport.engine.request import request_of
from homeport.engine.wire import Head, Malformed
from homeport.errors import EngineDown, EngineError, RequestError

if TYPE_CHECKING:
    import ssl

_CHUNK = 65536
_NO_ROOM = 0.01  # seconds until a full backlog is tried again
_HINT = "is it running, and may this user open its socket? `homeport doctor` looks"


class Answer(msgspec.Struct, frozen=True):
    """A response that was read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, decoded; None where it is empty."""
        return json.loads(self.body) if self.body.strip() else None


class _Connection:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.reusable = False

    async def send(self, request: bytes) -> Head:
        """Send a request; return the head of its response."""
        self.reusable = False
        self.writer.write(request)
        await self.writer.drain()
        return await wire.read_head(self.reader)

    async def body(self, head: Head, method: str) -> AsyncIterator[bytes]:
        """The response's body, as it arrives; once it is read, another request may follow."""
        async for part in wire.read_body(self.reader, head, method):
            yield part
        ends = head.ends_with_connection or not wire.has_end(head, method)
        self.reusable = not ends and not self.reader.at_eof()

    def close(self) -> None:
        """Close it at once."""
        self.writer.close()


class Transport:
    """Requests to one Engine, or to what else speaks HTTP on a socket.

    `host` is a DOCKER_HOST: `unix:///path` or `tcp://address:port`. `who` stands in errors.
    """

    def __init__(
        self,
        host: str = "unix:///var/run/docker.sock",
        *,
        who: str = "the Docker Engine",
        hint: str = _HINT,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host, self._who, self._hint, self._tls = host, who, hint, tls
        self._where = urlsplit(host)
        if self._where.scheme not in ("unix", "tcp", "http"):
            raise RequestError(
                f"DOCKER_HOST {host!r} is not understood",
                hint="use unix:///path or tcp://host:port",
            )
        self._idle: list[_Connection] = []

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, read whole.

        Raises:
            EngineDown: it cannot be reached.
            EngineError: it answered 400 or more.
        """
        connection, head = await self._open(method, path, query, body, headers)
        try:
            content = b"".join([part async for part in connection.body(head, method)])
        except (OSError, Malformed) as error:
            connection.close()
            raise self._down(f"hung up: {error}") from error
        except BaseException:
            connection.close()
            raise
        self._keep(connection)
        answer = Answer(head.status, head.headers, content)
        if answer.status >= 400:
            raise _refusal(answer, method, path)
        return answer

    @contextlib.asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """One request whose response is read as it arrives; the connection ends with it."""
        connection, head = await self._open(method, path, query, body, headers)
        parts = self._guarded(connection.body(head, method))
        try:
            if head.status >= 400:
                content = b"".join([part async for part in parts])
                raise _refusal(Answer(head.status, head.headers, content), method, path)
            yield parts
        finally:
            connection.close()

    def close(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._idle.pop().close()

    async def _open(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Any,
        headers: Mapping[str, str] | None,
    ) -> tuple[_Connection, Head]:
        request = request_of(method, path, query, body, headers)
        while True:
            used_before = bool(self._idle)
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                return connection, await connection.send(request)
            except (OSError, Malformed) as error:
                connection.close()
                # An idle connection may have been closed by an Engine that was restarted: the
                # next one tells. A fresh one that fails is an answer.
                if not used_before:
                    raise self._down(f"hung up: {error}") from error
            except BaseException:
                connection.close()
                raise

    async def _connect(self) -> _Connection:
        try:
            if self._where.scheme == "unix":
                local = await _connected(self._where.path)
                streams = await asyncio.open_unix_connection(sock=local)
            else:
                port = self._where.port or 2375
                streams = await asyncio.open_connection(self._where.hostname, port, ssl=self._tls)
        except OSError as error:
            reason = error.strerror or str(error)
            raise self._down(f"does not answer at {self.host}: {reason}") from error
        return _Connection(*streams)

    async def _guarded(self, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for part in parts:
                yield part
        except (OSError, Malformed) as error:
            raise self._down(f"hung up: {error}") from error

    def _down(self, what: str) -> EngineDown:
        return EngineDown(f"{self._who} {what}", hint=self._hint)

    def _keep(self, connection: _Connection) -> None:
        if connection.reusable and len(self._idle) < 8:
            self._idle.append(connection)
        else:
            connection.close()


async def _connected(path: str) -> socket.socket:
    """A socket that is connected: the kernel does it at once, or has no room for one more."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    found.setblocking(False)
    try:
        while True:
            # asyncio would take "no room" for "soon", and loads ssl before it connects.
            with contextlib.suppress(BlockingIOError):
                found.connect(path)
                return found
            await asyncio.sleep(_NO_ROOM)
    except BaseException:
        found.close()
        raise


def _refusal(answer: Answer, method: str, path: str) -> EngineError:
    message = _message(answer.body) or f"{method} {path} failed"
    return EngineError(message.rstrip("."), status=answer.status)


def _message(body: bytes) -> str:
    """What an Engine's error says, or a registry's first one; else the body as it is."""
    try:
        found = json.loads(body)
        return str(found["errors"][0]["message"] if "errors" in found else found["message"])
    except (ValueError, LookupError, TypeError):
        return body.decode(errors="replace").strip()
