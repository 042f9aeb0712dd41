"""The Docker socket of a job: every request is judged, named anew, and put to the Engine.

A request is read and written anew, never passed on as bytes: what the Engine gets is what was
judged. Only what follows an upgrade (attach, exec, a client's session) goes through as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import h11

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, RequestError
from homeport.pipeline.binds import asked_for, check_binds
from homeport.pipeline.bodies import Parts, passed
from homeport.pipeline.facts import look_up, own_tags
from homeport.pipeline.gate.dockerfile import own_names
from homeport.pipeline.gate.routes import Rule, rule_for
from homeport.pipeline.gate.saved import leaving
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import (
    Control,
    Facts,
    Forward,
    Kind,
    Local,
    Push,
    Reply,
    Request,
    read_target,
)
from homeport.pipeline.localhost import Localhost
from homeport.pipeline.replies import plain, progress, sentence, told_anew
from homeport.pipeline.still import Stillness
from homeport.pipeline.tunnel import control, raw, session
from homeport.pipeline.wire import Engine, Head, Wire, bound

_LARGEST_JSON = 4 << 20  # bytes of a body that is read whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What a socket may do besides asking the Engine."""

    docker: Docker
    # Stages an image: the Engine's name, the name and the tag that the job gave; lines of progress.
    stage: Callable[[str, str, str], AsyncIterator[str]]
    register: Callable[[], Awaitable[None]]  # emulators for every platform
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of a job, and what is known of the objects that it names."""

    request: Request
    rule: Rule
    facts: Facts


@dataclass(slots=True, kw_only=True)
class JobSocket:
    """A Unix socket that speaks the Engine's API for one job."""

    path: Path
    scope: Scope
    hands: Hands
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _stillness: Stillness = field(init=False)
    _localhost: Localhost = field(init=False)

    def __post_init__(self) -> None:
        self._stillness = Stillness(docker=self.hands.docker, scope=self.scope)
        self._localhost = Localhost(self.hands.docker, self.scope, self.hands.say)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve while the context is open."""
        self.path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._connected, sock=bound(self.path))
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
        except (
            OSError,
            h11.RemoteProtocolError,
            h11.LocalProtocolError,
            asyncio.IncompleteReadError,
        ):
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
            case Control():
                return await self._control(wire, verdict)
            case Forward():
                return await self._forward(wire, _Asked(request, rule, facts), verdict)

    async def _forward(self, wire: Wire, asked: _Asked, verdict: Forward) -> bool:
        if verdict.register:
            await self.hands.register()
        if asked.request.path != "/containers/create":
            return await self._put(wire, asked, verdict)
        sources = asked_for(verdict.body["HostConfig"])
        await asyncio.to_thread(check_binds, sources, self.scope)
        async with self._localhost.choosing(verdict.body):
            return await self._put(wire, asked, verdict)

    async def _put(self, wire: Wire, asked: _Asked, verdict: Forward) -> bool:
        engine = await Engine.connect(self.hands.docker.host)
        try:
            head = await self._answered(wire, engine, asked, verdict)
            if head.status == 101:
                await wire.switch(head)
                await self._upgraded(wire, engine, asked.request.path)
                return False
            if head.status == 204:
                await self._publish(asked)
            await self._relay(wire, engine, head, verdict)
            return True
        finally:
            engine.close()

    async def _upgraded(self, wire: Wire, engine: Engine, path: str) -> None:
        own = await self._own_images() if path == "/session" else {}
        if own:
            await session(wire, engine, own)
        else:
            await raw(wire, engine)

    async def _own_images(self) -> dict[str, str]:
        return own_names(await own_tags(self.hands.docker, self.scope), self.scope)

    async def _publish(self, asked: _Asked) -> None:
        """What was started is reached at its ports before the job hears that it was."""
        if asked.request.path.endswith(("/start", "/restart")):
            for question, found in asked.facts.items():
                if question.kind is Kind.CONTAINER and found:
                    await self._localhost.publish(found.name)

    async def _answered(self, wire: Wire, engine: Engine, asked: _Asked, verdict: Forward) -> Head:
        rule, upgrade = asked.rule, asked.rule.upgrades and wire.wants_upgrade
        async with self._stillness.kept(asked.request, asked.facts):
            await engine.send(
                wire,
                asked.request.method,
                verdict,
                rule=rule,
                upgrade=upgrade,
                through=_through(verdict),
            )
            return await engine.response()

    async def _relay(self, wire: Wire, engine: Engine, head: Head, verdict: Forward) -> None:
        """The Engine's answer, without the job's prefix and without what is others'."""
        prefix = self.scope.prefix.encode()
        told = told_anew(verdict, self.scope) if head.status in (200, 201) else None
        if told:
            whole = json.loads(b"".join([part async for part in engine.body()]))
            content = json.dumps(told(whole)).encode().replace(prefix, b"")
            await wire.answer_bytes(head, content)
        elif verdict.reply is Reply.SAVED and head.status == 200:
            await wire.relay(head, passed(engine.body(), leaving(self.scope)))
        elif verdict.reply is Reply.RAW and head.status < 400:
            await wire.relay(head, engine.body())
        else:
            await wire.relay(head, plain(engine.body(), prefix))

    async def _push(self, wire: Wire, verdict: Push) -> None:
        """`docker push`, with the lines that its client shows."""
        lines = self.hands.stage(verdict.image, verdict.name, verdict.tag)
        await wire.stream(progress(lines))

    async def _control(self, wire: Wire, verdict: Control) -> bool:
        if not wire.wants_upgrade:
            raise RequestError("BuildKit is spoken to over an upgraded connection")
        engine = await Engine.connect(self.hands.docker.host)
        try:
            await engine.send(wire, "POST", Forward(target=verdict.target), upgrade=True)
            head = await engine.response()
            if head.status != 101:
                await wire.relay(head, engine.body())
                return True
            await wire.switch(head)
            await control(wire, engine, self.scope, await self._own_images())
            return False
        finally:
            engine.close()


def _through(verdict: Forward) -> Callable[[Parts], Parts] | None:
    """What the body of a request goes through; None where it stays what it is."""
    make = verdict.archive
    return (lambda parts: passed(parts, make())) if make else None


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
    content = b""
    async for part in wire.body():
        content += part
        if len(content) > _LARGEST_JSON:
            raise RequestError("the body of the request is too large")
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
