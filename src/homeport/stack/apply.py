"""Carry out the actions of a plan that concern the Engine: each is one call or one wait."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable

from homeport.engine.docker import Docker
from homeport.engine.images import FULL, ROOM
from homeport.errors import Conflict, EngineError, HomeportError, NotFound
from homeport.model.plan import (
    Action,
    AwaitCompleted,
    AwaitHealthy,
    CreateContainer,
    CreateNetwork,
    CreateVolume,
    Delay,
    GiveFiles,
    JoinNetwork,
    PullImage,
    RemoveContainer,
    RemoveNetwork,
    RemoveVolume,
    RenameContainer,
    StartContainer,
    StayStopped,
    StopContainer,
)
from homeport.stack.create import archive, create
from homeport.stack.ready import await_completed, await_healthy

# A registry that sends nothing for this long will not.
PULL_SILENCE = 120.0
# How the Engine says that a port of the host is another's, and names it.
_TAKEN = ("port is already allocated", "address already in use", "all ports are allocated")
_BIND = re.compile(r"(?:Bind for|listen (?:tcp|udp)[46]?) ([\w.:\[\]]+:\d+)")
_LOOK = 0.05  # seconds between two looks
_RENAMES = 100  # times that a rename is tried


class Hands:
    """Performs the Engine's part of a plan. Each action is safe to do twice."""

    def __init__(self, docker: Docker, say: Callable[[str], None]) -> None:
        """`say` is told the progress of long actions, a line at a time."""
        self._docker, self._say = docker, say
        # Each start takes the Engine 0.2 s of a core, which visitors of what is live need, too.
        self._starting = asyncio.Semaphore(max((os.cpu_count() or 1) // 2, 1))

    async def perform(self, action: Action) -> None:  # noqa: C901 - one line for each action
        """Do one action.

        Raises:
            HomeportError: it failed; the Engine's own sentence says why.
        """
        match action:
            case PullImage():
                await self._pull(action.target)
            case CreateNetwork():
                await self._create_network(action)
            case CreateVolume():
                await self._docker.create_volume(action.target, action.body)
            case CreateContainer():
                await create(self._docker, action)
            case GiveFiles():
                await self._docker.put_archive(action.target, archive(action.files))
            case JoinNetwork():
                await self._join(action)
            case StartContainer():
                await self._start(action.target)
            case AwaitHealthy():
                await await_healthy(self._docker, action)
            case AwaitCompleted():
                await await_completed(self._docker, action)
            case Delay():
                await asyncio.sleep(action.seconds)
            case RenameContainer():
                await self._rename(action)
            case _:
                await self._take_away(action)

    async def _take_away(self, action: Action) -> None:
        try:
            match action:
                case StayStopped():
                    await self._docker.stay_stopped(action.target)
                case StopContainer():
                    await self._docker.stop(action.target, grace=action.grace)
                case RemoveContainer():
                    await self._remove(action.target, volumes=action.volumes)
                case RemoveNetwork():
                    await self._remove_network(action.target)
                case RemoveVolume():
                    await self._docker.remove_volume(action.target)
                case _:
                    raise HomeportError(f"nobody performs {type(action).__name__}")
        except NotFound:
            return  # it is gone already, which is what was wanted

    async def _start(self, name: str) -> None:
        try:
            async with self._starting:
                await self._docker.start(name)
        except EngineError as error:
            if any(text in error.message for text in _TAKEN):
                where = _BIND.search(error.message)
                raise HomeportError(
                    f"{name} cannot have {where[1] if where else 'its port'}: it is taken",
                    hint="docker ps and ss -ltnp show by whom; or publish another port",
                ) from error
            raise

    async def _remove(self, name: str, *, volumes: bool) -> None:
        try:
            await self._docker.remove_container(name, force=True, volumes=volumes)
        except EngineError as error:
            if "already in progress" not in error.message:
                raise
            # Somebody else removes it: it is gone when its name is.
            while await self._docker.inspect(name):
                await asyncio.sleep(_LOOK)

    async def _remove_network(self, name: str) -> None:
        try:
            await self._docker.remove_network(name)
        except EngineError as error:
            if "active endpoints" not in error.message:
                raise
            # Someone else is in it; or the Engine miscounted, which only its restart puts right.
            self._say(f"warning: network {name} stays: {error.message}")

    async def _pull(self, reference: str) -> None:
        lines = self._docker.pull(reference)
        try:
            while True:
                line = await asyncio.wait_for(anext(lines), PULL_SILENCE)
                self._say(f"{reference}: {line}")
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise HomeportError(
                f"image {reference} could not be pulled: nothing came for {PULL_SILENCE:g} s",
                hint="can this machine reach the registry?",
            ) from error
        except (EngineError, NotFound) as error:
            full = FULL in error.message
            raise HomeportError(
                f"image {reference} could not be pulled: "
                + ("the Engine's disk is full" if full else error.message),
                hint=ROOM if full else "check its name; for a private registry: docker login",
            ) from error

    async def _create_network(self, action: CreateNetwork) -> None:
        try:
            await self._docker.create_network(action.target, action.body)
        except EngineError as error:
            if error.status == 409:  # a network of that name is there: somebody was quicker
                return
            if not action.optional:
                raise
            self._say(f"warning: no network {action.target}: {error.message}")

    async def _join(self, action: JoinNetwork) -> None:
        """Without it, the service is found as Compose has it: nothing fails for want of that."""
        try:
            await self._docker.connect(action.network, action.target, action.settings)
        except (EngineError, NotFound) as error:
            if "already exists" not in error.message:
                self._say(f"warning: {action.target} is not in {action.network}: {error.message}")

    async def _rename(self, action: RenameContainer) -> None:
        try:
            for _ in range(_RENAMES):
                if await self._renamed(action):
                    return
                await asyncio.sleep(_LOOK)
        except EngineError as error:
            if error.status == 409:
                raise Conflict(
                    f"the name {action.to} is taken by another container",
                    hint=f"docker rename {action.to} something-else",
                ) from error
            raise
        raise HomeportError(f"the Engine does not rename {action.target}, which is there")

    async def _renamed(self, action: RenameContainer) -> bool:
        """Rename once; whether it has its name.

        While the Engine starts a crashed container again, it has no network for a moment, and the
        Engine finds none to rename it in.
        """
        try:
            await self._docker.rename(action.target, action.to)
        except NotFound:
            if await self._is_there(action.target):
                return False
            await self._docker.inspect(action.to)  # renamed already by who was interrupted here
        return True

    async def _is_there(self, name: str) -> bool:
        try:
            return bool(await self._docker.inspect(name))
        except NotFound:
            return False
