"""Wait until a container is ready, and say what it did instead when it is not."""

from __future__ import annotations

import asyncio
import time

from homeport.engine.checks import asked
from homeport.engine.docker import Docker
from homeport.engine.memory import ran_out
from homeport.engine.scheduling import Waiting
from homeport.engine.sockets import any_accepts, listening
from homeport.errors import HomeportError
from homeport.model.container import KILLED, Container, Health
from homeport.model.plan import AwaitCompleted, AwaitHealthy
from homeport.model.wish import only_port

# Connecting costs nothing. Inspecting costs the Engine 1 ms, and visitors of what is live share the
# machine with it: several replicas that come up at once are looked at so often each.
_EVERY, _LOOK = 0.01, 0.05
# Where there is nothing to see but that it runs on, looking takes its boot's share of a busy core.
_CALM = 0.2
# Where nothing tells that it is ready, it has to have run this long without ending.
_SETTLED = 1.0
Passed = asyncio.Task[None] | None  # done when its healthcheck passes that homeport asks


async def await_healthy(docker: Docker, action: AwaitHealthy) -> None:
    """Return when it is healthy, or its port accepts, or it has run for a second.

    Raises:
        HomeportError: it ended, or was not ready in time.
    """
    if not action.routed:  # a database may pass its healthcheck while it is still being set up
        await _await_healthy(docker, action, None)
        return
    async with asked(docker, action.target) as passed:
        await _await_healthy(docker, action, passed)


async def _await_healthy(docker: Docker, action: AwaitHealthy, passed: Passed) -> None:
    began, waiting = time.monotonic(), Waiting()
    # What waited for a CPU has not run; but for as long as the deadline leaves room for it.
    room = max(action.seconds - 2 * _SETTLED, 0.0) if docker.is_local else 0.0
    found = await docker.container(action.target)
    while time.monotonic() - began < action.seconds:
        if action.may_end and found.state == "exited" and found.exit_code == 0:
            return
        await _still_runs(docker, found, began)
        starved = min(waiting.seconds(found.pid), room)
        if await _gets_ready(found, action, began + starved, passed):
            return
        found = await docker.container(action.target)
    raise HomeportError(
        f"{found.name} did not become {_wanted(found, action)} in {action.seconds:g} s",
        hint=_hint(found, action),
    )


async def await_completed(docker: Docker, action: AwaitCompleted) -> None:
    """Return when it has ended with status 0.

    Raises:
        HomeportError: it ended with another status, or not in time.
    """
    began = time.monotonic()
    while time.monotonic() - began < action.seconds:
        found = await docker.container(action.target)
        if found.state == "exited" and found.exit_code == 0:
            return
        await _still_runs(docker, found, began)
        await asyncio.sleep(_EVERY)
    raise HomeportError(f"{action.target} did not complete in {action.seconds:g} s")


async def _still_runs(docker: Docker, found: Container, began: float) -> None:
    """A container that ended, or that the Engine starts again after it ended, has failed."""
    if found.state in ("created", "running", "paused") and not found.restarts:
        return
    after = f"{time.monotonic() - began:.1f} s after it started"
    found = await _ended_again(docker, found)
    if await ran_out(docker, found):
        raise HomeportError(_ran_out(found, after), hint="raise its memory limit")
    how = "ended" if found.running else f"exited with status {found.exit_code}"
    raise HomeportError(f"{found.name} {how} {after}", hint=_hint_of_end(found))


def _ran_out(found: Container, after: str) -> str:
    """What the kernel kills is its first process, or one on which that depends."""
    if found.running or found.exit_code == KILLED:
        return f"{found.name} was killed for want of memory {after}"
    killed = "a process of it was killed for want of memory"
    return f"{found.name} exited with status {found.exit_code} {after}: {killed}"


def _hint_of_end(found: Container) -> str:
    """Of what ends in its first milliseconds, the Engine does not hear why it was killed."""
    if found.exit_code == KILLED and found.memory:
        limit = f"{found.memory / (1 << 20):g} MB"
        return f"status {KILLED} is the kernel's, mostly: it may have no more memory than {limit}"
    return "its last lines stand above"


async def _ended_again(docker: Docker, found: Container) -> Container:
    """The Engine forgets the status of what it has started again: what fails at boot ends soon."""
    until = time.monotonic() + _SETTLED
    while found.running and time.monotonic() < until:
        await asyncio.sleep(_EVERY)
        found = await docker.container(found.id)
    return found


async def _gets_ready(found: Container, action: AwaitHealthy, began: float, passed: Passed) -> bool:
    """Whether it is ready before it has to be looked at again."""
    if await _is_ready(found, action, began):
        return True
    if found.health is Health.STARTING and passed:
        return bool((await asyncio.wait([passed], timeout=_LOOK))[0])
    if found.health is Health.NONE and _port(found, action):
        return await _accepts_soon(found, action, began)
    settled = began + _SETTLED - time.monotonic() if found.health is Health.NONE else _LOOK
    await asyncio.sleep(min(max(settled, _EVERY), _CALM))
    return False


async def _accepts_soon(found: Container, action: AwaitHealthy, began: float) -> bool:
    look_again = time.monotonic() + _LOOK
    while time.monotonic() < look_again:
        await asyncio.sleep(_EVERY)
        if await _is_ready(found, action, began):
            return True
    return False


async def _is_ready(found: Container, action: AwaitHealthy, began: float) -> bool:
    if found.health is not Health.NONE:
        return found.health is Health.HEALTHY
    if action.checked:
        raise HomeportError(
            f"others wait until {found.name} is healthy, but it has no healthcheck",
            hint="give it a healthcheck, or wait for service_started",
        )
    port = _port(found, action)
    if port:
        addresses = (e.address or e.address6 for e in found.endpoints)
        return await any_accepts(filter(None, addresses), port)
    return found.running and time.monotonic() - began >= _SETTLED


def _wanted(found: Container, action: AwaitHealthy) -> str:
    if found.health is not Health.NONE:
        return "healthy"
    return f"ready: nothing accepts connections at its port {_port(found, action)}"


def _port(found: Container, action: AwaitHealthy) -> int:
    return action.port or (only_port(found.exposed) if action.routed else 0)


def _hint(found: Container, action: AwaitHealthy) -> str:
    if found.health is not Health.NONE:
        return "what its healthcheck printed stands above"
    sockets = listening(found.pid)
    if any(s.loopback and s.port == _port(found, action) for s in sockets):
        return "it listens on 127.0.0.1 only: let it listen on 0.0.0.0"
    others = sorted({s.port for s in sockets if not s.loopback})
    if others:
        ports = ", ".join(map(str, others))
        return f"it listens on {ports}: VIRTUAL_PORT, or EXPOSE in a Dockerfile, has to name that"
    return "it listens on no port at all; VIRTUAL_PORT and EXPOSE say where it should"
