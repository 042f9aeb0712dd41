"""The Docker socket of a job: every request is judged, named anew, and put to the Engine.

The judging is `pipeline.gate`'s; `relay` puts to the Engine what was allowed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import h11

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, RequestError
from homeport.pipeline.facts import look_up
from homeport.pipeline.gate.parts import Part, read_parts
from homeport.pipeline.gate.routes import rule_for
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import (
    Control,
    Forward,
    Index,
    Local,
    Push,
    Request,
    read_target,
)
from homeport.pipeline.localhost import Localhost
from homeport.pipeline.relay import Asked, Relay
from homeport.pipeline.replies import progress, sentence
from homeport.pipeline.still import Stillness
from homeport.pipeline.wire import Wire

_LARGEST_JSON = 4 << 20  # bytes of a body that is read whole
_LARGEST_LIST = 64 << 10  # bytes of a list of images


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What a socket may do besides asking the Engine."""

    docker: Docker
    # Stages an image: the Engine's name, the name and the tag that the job gave; lines of progress.
    stage: Callable[[str, str, str], AsyncIterator[str]]
    # Stages an index of images that were staged, or only looks at it.
    index: Callable[[Index, tuple[Part, ...]], AsyncIterator[str]]
    register: Callable[[], Awaitable[None]]  # emulators for every platform
    say: Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class JobSocket:
    """A Unix socket that speaks the Engine's API for one job."""

    path: Path
    scope: Scope
    hands: Hands
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _localhost: Localhost = field(init=False)
    _relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        docker, scope = self.hands.docker, self.scope
        self._localhost = Localhost(docker, scope, self.hands.say)
        self._relay = Relay(
            docker=docker,
            scope=scope,
            register=self.hands.register,
            localhost=self._localhost,
            stillness=Stillness(docker=docker, scope=scope),
        )

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve while the context is open."""
        self.path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._connected, sock=_bound(self.path))
        self.path.chmod(0o666)  # the folder above is closed; a job may not be root
        try:
            yield
        finally:
            server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._localhost.close()
            self.path.unlink(missing_ok=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        wire = Wire(reader, writer)
        try:
            while await self._one(wire) and wire.next_cycle():
                pass
        except (OSError, h11.ProtocolError, asyncio.IncompleteReadError):
            pass  # a client that went away, or speaks no HTTP: there is nobody to answer
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, wire: Wire) -> bool:
        """One request; False where the connection is over, or is raw from here on."""
        head = await wire.request()
        if head is None:
            return False
        try:
            return await self._judged(wire, head)
        except HomeportError as error:
            if wire.answered:
                return False
            await wire.answer(error.http_status, {"message": sentence(error)})
            return True

    async def _judged(self, wire: Wire, head: h11.Request) -> bool:
        request = read_target(head.method.decode(), head.target.decode("ascii"))
        rule, name = rule_for(request)
        _check_headers(wire)
        if rule.json:
            request = await _with_body(wire, request)
        asked = rule.asks(request, name)
        facts = await look_up(self.hands.docker, self.scope, asked)
        verdict = rule.decide(request, self.scope, facts, name)
        match verdict:
            case Local():
                await wire.answer(verdict.status, verdict.content)
                return True
            case Push():
                await self._push(wire, verdict)
                return True
            case Index():
                parts = read_parts(await _whole(wire, _LARGEST_LIST))
                await wire.stream(progress(self.hands.index(verdict, parts)))
                return True
            case Control():
                return await self._relay.control(wire, verdict)
            case Forward():
                return await self._relay.forward(wire, Asked(request, rule, facts), verdict)

    async def _push(self, wire: Wire, verdict: Push) -> None:
        """`docker push`, with the lines that its client shows."""
        lines = self.hands.stage(verdict.image, verdict.name, verdict.tag)
        await wire.stream(progress(lines))


def _check_headers(wire: Wire) -> None:
    """A form's fields would count as parameters, and nobody has judged those."""
    kind = wire.header("content-type").partition(";")[0].strip().lower()
    if kind.startswith(("application/x-www-form", "multipart/")):
        raise RequestError("the Engine is not sent forms")


async def _with_body(wire: Wire, request: Request) -> Request:
    """The request with its body, decoded.

    Raises:
        RequestError: it is too large, or no JSON.
    """
    content = await _whole(wire, _LARGEST_JSON)
    try:
        body = json.loads(content) if content.strip() else None
    except (ValueError, RecursionError) as error:
        raise RequestError("the body of the request is no JSON") from error
    return Request(
        method=request.method,
        version=request.version,
        path=request.path,
        query=request.query,
        body=body,
    )


async def _whole(wire: Wire, most: int) -> bytes:
    content = b""
    async for part in wire.body():
        content += part
        if len(content) > most:
            raise RequestError("the body of the request is too large")
    return content


def _bound(path: Path) -> socket.socket:
    """A Unix socket at a path of any length: the kernel takes 107 bytes, and a folder's number."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        found.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    return found
