"""What a job asks of the Engine, and its answer on the way back to the job.

A request is written anew, never passed on as bytes: what the Engine gets is what was judged. Only
what follows an upgrade (attach, exec, a client's session) goes through as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from homeport.engine.docker import Docker
from homeport.errors import RequestError
from homeport.pipeline import tunnel
from homeport.pipeline.binds import asked_for, check_binds
from homeport.pipeline.bodies import Parts, passed
from homeport.pipeline.facts import own_tags
from homeport.pipeline.gate.dockerfile import own_names
from homeport.pipeline.gate.routes import Rule
from homeport.pipeline.gate.saved import leaving
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import Control, Facts, Forward, Kind, Reply, Request
from homeport.pipeline.localhost import Localhost
from homeport.pipeline.replies import plain, told_anew
from homeport.pipeline.still import Stillness
from homeport.pipeline.upstream import Engine
from homeport.pipeline.wire import Head, Wire


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a job, and what is known of the objects that it names."""

    request: Request
    rule: Rule
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Of one job: its requests that were judged go to the Engine, the answers come back.

    What puts a request returns whether another may follow: after an upgrade, none does.
    """

    docker: Docker
    scope: Scope
    register: Callable[[], Awaitable[None]]  # emulators for every platform
    localhost: Localhost
    stillness: Stillness

    async def forward(self, wire: Wire, asked: Asked, verdict: Forward) -> bool:
        """Put a request as it was judged; a container that lends a folder has to be its job's.

        Raises:
            EngineDown: it does not answer.
            Forbidden: a folder leads out of the job's own.
        """
        if verdict.register:
            await self.register()
        if asked.request.path != "/containers/create":
            return await self._put(wire, asked, verdict)
        sources = asked_for(verdict.body["HostConfig"])
        await asyncio.to_thread(check_binds, sources, self.scope)
        async with self.localhost.choosing(verdict.body):
            return await self._put(wire, asked, verdict)

    async def control(self, wire: Wire, verdict: Control) -> bool:
        """Let a client speak to BuildKit.

        Raises:
            EngineDown: it does not answer.
            RequestError: the client speaks HTTP/1.1 only.
        """
        if not wire.wants_upgrade:
            raise RequestError("BuildKit is spoken to over an upgraded connection")
        with contextlib.closing(await Engine.connect(self.docker.host)) as engine:
            await engine.send(wire, "POST", Forward(target=verdict.target), upgrade=True)
            head = await engine.response()
            if head.status != 101:
                await wire.relay(head, engine.body())
                return True
            await wire.switch(head)
            await tunnel.control(wire, engine, self.scope, await self._own_images())
            return False

    async def _put(self, wire: Wire, asked: Asked, verdict: Forward) -> bool:
        with contextlib.closing(await Engine.connect(self.docker.host)) as engine:
            head = await self._answered(wire, engine, asked, verdict)
            if head.status == 101:
                await wire.switch(head)
                await self._upgraded(wire, engine, asked.request.path)
                return False
            if head.status == 204:
                await self._publish(asked)
            await self._relay(wire, engine, head, verdict)
            return True

    async def _upgraded(self, wire: Wire, engine: Engine, path: str) -> None:
        own = await self._own_images() if path == "/session" else {}
        if own:
            await tunnel.session(wire, engine, own)
        else:
            await tunnel.raw(wire, engine)

    async def _own_images(self) -> dict[str, str]:
        return own_names(await own_tags(self.docker, self.scope), self.scope)

    async def _publish(self, asked: Asked) -> None:
        """What was started is reached at its ports before the job hears that it was."""
        if asked.request.path.endswith(("/start", "/restart")):
            for question, found in asked.facts.items():
                if question.kind is Kind.CONTAINER and found:
                    await self.localhost.publish(found.name)

    async def _answered(self, wire: Wire, engine: Engine, asked: Asked, verdict: Forward) -> Head:
        async with self.stillness.kept(asked.request, asked.facts):
            await engine.send(
                wire,
                asked.request.method,
                verdict,
                rule=asked.rule,
                upgrade=asked.rule.upgrades and wire.wants_upgrade,
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


def _through(verdict: Forward) -> Callable[[Parts], Parts] | None:
    """What the body of a request goes through; None where it stays what it is."""
    make = verdict.archive
    return (lambda parts: passed(parts, make())) if make else None
