"""HTTP/1.1 to the Docker Engine over its Unix socket or TCP: h11 over asyncio streams.

Connections are kept and used again, since a plan makes dozens of calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import h11
import msgspec

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
        self.h11 = h11.Connection(h11.CLIENT)

    async def send(self, request: h11.Request, body: bytes) -> h11.Response:
        """Send a request; return the head of its response."""
        self._write(request)
        if body:
            self._write(h11.Data(data=body))
        self._write(h11.EndOfMessage())
        await self.writer.drain()
        while True:
            event = await self.next_event()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError("the Engine closed the connection")

    async def next_event(self) -> Any:
        """The next h11 event of the response; PAUSED at its end."""
        while True:
            event = self.h11.next_event()
            if event is not h11.NEED_DATA:
                return event
            self.h11.receive_data(await self.reader.read(_CHUNK))

    async def body(self) -> AsyncIterator[bytes]:
        """The response's body, as it arrives."""
        while True:
            event = await self.next_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                return

    def reusable(self) -> bool:
        """Make it ready for a further request; False where that cannot be."""
        if self.reader.at_eof() or self.h11.their_state is not h11.DONE:
            return False
        if self.h11.our_state is not h11.DONE:
            return False
        self.h11.start_next_cycle()
        return True

    def close(self) -> None:
        """Close it at once."""
        self.writer.close()

    def _write(self, event: Any) -> None:
        data = self.h11.send(event)
        if data:
            self.writer.write(data)


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
        connection, response = await self._open(method, path, query, body, headers)
        try:
            content = b"".join([part async for part in connection.body()])
        except (OSError, h11.RemoteProtocolError) as error:
            connection.close()
            raise self._down(f"hung up: {error}") from error
        except BaseException:
            connection.close()
            raise
        self._keep(connection)
        answer = Answer(response.status_code, _plain(response), content)
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
        connection, response = await self._open(method, path, query, body, headers)
        try:
            if response.status_code >= 400:
                content = b"".join([part async for part in connection.body()])
                answer = Answer(response.status_code, _plain(response), content)
                raise _refusal(answer, method, path)
            yield self._guarded(connection)
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
    ) -> tuple[_Connection, h11.Response]:
        content, kind = _content(body)
        request = _request(method, path, query, content, headers, kind)
        while True:
            used_before = bool(self._idle)
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                return connection, await connection.send(request, content)
            except (OSError, h11.RemoteProtocolError) as error:
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

    async def _guarded(self, connection: _Connection) -> AsyncIterator[bytes]:
        try:
            async for part in connection.body():
                yield part
        except (OSError, h11.RemoteProtocolError) as error:
            raise self._down(f"hung up: {error}") from error

    def _down(self, what: str) -> EngineDown:
        return EngineDown(f"{self._who} {what}", hint=self._hint)

    def _keep(self, connection: _Connection) -> None:
        if connection.reusable() and len(self._idle) < 8:
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


def _content(body: Any) -> tuple[bytes, str]:
    """A body as bytes, and its type: JSON, but for an archive; "" where there is none."""
    if isinstance(body, bytes):
        return body, "application/x-tar"
    return (b"", "") if body is None else (json.dumps(body).encode(), "application/json")


def _request(
    method: str,
    path: str,
    query: Mapping[str, Any] | None,
    content: bytes,
    headers: Mapping[str, str] | None,
    kind: str,
) -> h11.Request:
    lines = [("Host", "docker"), ("User-Agent", "homeport")]
    given = dict(headers or {})
    if kind:
        kind = given.pop("Content-Type", kind)
        lines += [("Content-Type", kind), ("Content-Length", str(len(content)))]
    elif method == "POST":
        lines += [("Content-Length", "0")]
    lines += list(given.items())
    target = quote(path, safe="/:@%") + ("?" + urlencode(_encoded(query)) if query else "")
    return h11.Request(method=method, target=target, headers=lines)


def _encoded(query: Mapping[str, Any]) -> dict[str, str]:
    """The Engine's conventions: booleans are 1 and 0, filters are JSON."""
    return {key: _parameter(value) for key, value in query.items() if value is not None}


def _parameter(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _plain(response: h11.Response) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in response.headers}


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
