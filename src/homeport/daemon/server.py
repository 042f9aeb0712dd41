"""The HTTP server: one application on three sockets, which it trusts differently.

- the local socket, which only this user may open: the commands on this machine, and git's hooks;
- TCP on loopback: git over HTTP and the API, with a token;
- a socket in the folder that nginx shares: the same under `HOMEPORT_HOST`, with a token.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from homeport.errors import Unavailable
from homeport.settings import Settings

_BACKLOG = 512


class Server(uvicorn.Server):
    """Uvicorn without its signal handlers and its clock: the daemon has its own."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_level="error",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=3,
                timeout_keep_alive=30,
            )
        )
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Finish the requests under way, and return from `serve`."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Wait for the end. uvicorn looks ten times a second: most of what idling would cost."""
        await self._ending.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the daemon."""
        yield


def sockets_of(settings: Settings) -> list[socket.socket]:
    """The three sockets, listening.

    Raises:
        Unavailable: an address is taken.
    """
    return [
        listen_tcp(*settings.listen_address),
        listen_unix(settings.socket, 0o600),
        # nginx's workers are another user; the folder above is closed to everybody else.
        listen_unix(settings.proxy_dir / "run" / "daemon.sock", 0o666),
    ]


def listen_tcp(address: str, port: int) -> socket.socket:
    """A listening TCP socket.

    Raises:
        Unavailable: the port is taken, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off: else an answer in two parts
    # waits 40 ms for the client's word on the first one.
    server = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((address, port))
    except OSError as error:
        server.close()
        raise Unavailable(
            f"{address}:{port} cannot be listened on: {error.strerror}",
            hint="set HOMEPORT_LISTEN to a free address:port",
        ) from error
    server.listen(_BACKLOG)
    return server


def listen_unix(path: Path, mode: int) -> socket.socket:
    """A listening Unix socket with these permissions; one that a dead daemon left is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    path.chmod(mode)
    server.listen(_BACKLOG)
    return server
