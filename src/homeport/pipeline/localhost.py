"""What a job publishes answers on the job's localhost, as it does for a job of Travis.

The box's ports are those of what is live. So homeport listens in the network namespace of the job,
and passes on what comes there, as the Engine's own docker-proxy does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import functools
import os
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.pipeline.datagrams import Datagrams
from homeport.pipeline.gate.published import PORTS, chosen, is_open, read_ports
from homeport.pipeline.gate.scope import LABEL, Scope
from homeport.pipeline.tunnel import joined

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of sched.h
_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
Place = tuple[str, int]  # protocol, port


class Localhost:
    """The ports of one job."""

    def __init__(self, docker: Docker, scope: Scope, say: Callable[[str], None]) -> None:
        self._docker, self._scope, self._say = docker, scope, say
        self._listening: dict[Place, asyncio.Server | Datagrams] = {}
        self._leads: dict[Place, tuple[str, int]] = {}  # the last that was started has a port
        self._open: set[asyncio.Task[None]] = set()
        self._choosing = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def choosing(self, body: dict[str, Any]) -> AsyncIterator[None]:
        """Name the ports that a container leaves open; nobody else has them when it is created."""
        labels = body["Labels"]
        if not is_open(labels.get(PORTS, "")):
            yield
            return
        async with self._choosing:
            mine = await self._docker.containers(labels=(f"{LABEL}={self._scope.key}",))
            others = [container.labels.get(PORTS, "") for container in mine]
            labels[PORTS] = chosen(labels[PORTS], others)
            yield

    async def publish(self, container: str) -> None:
        """Let the ports that it was created with be reached; it has just been started."""
        with contextlib.suppress(HomeportError):  # it has gone again
            config = (await self._docker.inspect(container))["Config"]
            for port in read_ports((config.get("Labels") or {}).get(PORTS, "")):
                self._leads[port.place] = container, port.inside
                await self._listen(port.place)

    async def close(self) -> None:
        """Nobody listens any more, and what is under way ends."""
        for one in self._listening.values():
            one.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _listen(self, place: Place) -> None:
        if place in self._listening:
            return
        try:
            pid = int((await self._docker.inspect(self._scope.key))["State"]["Pid"])
            found = await _in_a_thread_of_its_own(functools.partial(listening, pid, *place))
        except OSError as error:  # homeport is not root, the Engine is elsewhere, or it is taken
            self._say(f"port {place[1]} is not published on the job's localhost: {error}")
            return
        self._listening[place] = await self._served(place, found)

    async def _served(self, place: Place, found: socket.socket) -> asyncio.Server | Datagrams:
        if place[0] == "tcp":
            return await asyncio.start_server(functools.partial(self._connected, place), sock=found)
        loop = asyncio.get_running_loop()
        _, port = await loop.create_datagram_endpoint(
            lambda: Datagrams(functools.partial(self._reached, place)), sock=found
        )
        return port

    async def _connected(
        self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            address = await self._reached(place)
            await joined((reader, writer), await asyncio.open_connection(*address))
        except (OSError, HomeportError):
            pass  # nobody listens there: the connection ends, as docker-proxy lets it
        finally:
            self._open.discard(task)
            writer.close()

    async def _reached(self, place: Place) -> tuple[str, int]:
        container, inside = self._leads[place]
        return _address(await self._docker.inspect(container)), inside


def listening(pid: int, protocol: str, port: int) -> socket.socket:
    """A socket that listens at the localhost of a process; its thread stays in that network.

    Raises:
        OSError: that cannot be.
    """
    with Path(f"/proc/{pid}/ns/net").open("rb") as namespace:
        _enter(namespace.fileno())
    found = socket.socket(type=_KINDS[protocol])
    try:
        if protocol == "tcp":  # two sockets of UDP could have the port with it
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", port))
        if protocol == "tcp":
            found.listen(128)
        found.setblocking(False)
    except OSError:
        found.close()
        raise
    return found


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns is new in Python 3.12
    if libc.setns(namespace, _NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


async def _in_a_thread_of_its_own(call: Callable[[], socket.socket]) -> socket.socket:
    """One of a pool would go on in another network."""
    with ThreadPoolExecutor(1) as thread:
        return await asyncio.get_running_loop().run_in_executor(thread, call)


def _address(container: dict[str, Any]) -> str:
    """Where it is reached.

    Raises:
        OSError: it is in no network.
    """
    networks = (container["NetworkSettings"].get("Networks") or {}).values()
    address = next((one["IPAddress"] for one in networks if one.get("IPAddress")), "")
    if not address:
        raise OSError("it is in no network")
    return str(address)
