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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.pipeline.gate.published import PORTS, read_ports
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.tunnel import joined

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of sched.h


class Localhost:
    """The ports of one job."""

    def __init__(self, docker: Docker, scope: Scope, say: Callable[[str], None]) -> None:
        self._docker, self._scope, self._say = docker, scope, say
        self._servers: dict[int, asyncio.Server] = {}
        self._leads: dict[int, tuple[str, int]] = {}  # the last that was started has a port
        self._open: set[asyncio.Task[None]] = set()

    async def publish(self, container: str) -> None:
        """Let the ports that it was created with be reached; it has just been started."""
        with contextlib.suppress(HomeportError):  # it has gone again
            config = (await self._docker.inspect(container))["Config"]
            for outside, inside in read_ports((config.get("Labels") or {}).get(PORTS, "")):
                self._leads[outside] = container, inside
                await self._listen(outside)

    async def close(self) -> None:
        """Nobody listens any more, and what is under way ends."""
        for server in self._servers.values():
            server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _listen(self, port: int) -> None:
        if port in self._servers:
            return
        try:
            pid = int((await self._docker.inspect(self._scope.key))["State"]["Pid"])
            found = await _in_a_thread_of_its_own(functools.partial(listening, pid, port))
        except OSError as error:  # homeport is not root, the Engine is elsewhere, or it is taken
            self._say(f"port {port} is not published on the job's localhost: {error}")
            return
        connected = functools.partial(self._connected, port)
        self._servers[port] = await asyncio.start_server(connected, sock=found)

    async def _connected(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            container, inside = self._leads[port]
            address = _address(await self._docker.inspect(container))
            await joined((reader, writer), await asyncio.open_connection(address, inside))
        except (OSError, HomeportError):
            pass  # nobody listens there: the connection ends, as docker-proxy lets it
        finally:
            self._open.discard(task)
            writer.close()


def listening(pid: int, port: int) -> socket.socket:
    """A socket that listens at the localhost of a process; its thread stays in that network.

    Raises:
        OSError: that cannot be.
    """
    with Path(f"/proc/{pid}/ns/net").open("rb") as namespace:
        _enter(namespace.fileno())
    found = socket.socket()
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", port))
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
