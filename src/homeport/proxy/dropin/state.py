"""The proxy's own state, told at a Unix socket to the commands that run beside it.

A line of JSON is asked, `["routes"]` or `["explain", HOST]`, and a JSON value is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from homeport.errors import HomeportError, Unavailable

SOCKET = Path("/run/homeport-proxy/state.sock")
_LONGEST = 4096  # bytes of a question
_PATIENCE = 15.0  # seconds
Answer = Callable[[list[str]], Awaitable[Any]]


@contextlib.asynccontextmanager
async def told(path: Path, answer: Answer) -> AsyncIterator[None]:
    """Answer meanwhile; for nobody but this user."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(_PATIENCE):
                words = json.loads(await reader.readline())
                found = await _found(answer, [str(word) for word in words])
                writer.write(json.dumps(found).encode())
                await writer.drain()
        writer.close()

    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(serve, str(path), limit=_LONGEST)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()


def is_here(path: Path = SOCKET) -> bool:
    """Whether this is a container in which the proxy runs."""
    return path.exists()


async def _found(answer: Answer, words: list[str]) -> Any:
    try:
        return await answer(words)
    except HomeportError as error:
        return {"error": error.message, "hint": error.hint}


def ask(*words: str, path: Path = SOCKET) -> Any:
    """What the proxy that runs here answers.

    Raises:
        Unavailable: none does.
    """
    with socket.socket(socket.AF_UNIX) as connected:
        connected.settimeout(_PATIENCE)
        try:
            connected.connect(str(path))
            connected.sendall(f"{json.dumps(words)}\n".encode())
            found = json.loads(b"".join(iter(lambda: connected.recv(65536), b"")))
        except (OSError, ValueError) as error:
            hint = "docker logs of this container says what keeps it"
            raise Unavailable("homeport proxy run does not answer here", hint=hint) from error
    if "error" in found:
        raise Unavailable(found["error"], hint=found["hint"])
    return found
