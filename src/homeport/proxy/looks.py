"""What both proxies look at in the same way, for `explain`."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from homeport.engine.docker import Docker
from homeport.engine.sockets import accepts
from homeport.errors import HomeportError
from homeport.model.container import Container, Health
from homeport.proxy.seen import Candidate


async def candidate_of(
    docker: Docker, container: Container, *, port: int, address: str, **known: Any
) -> Candidate:
    """A container that asks for a host, as it is now.

    Args:
        docker: who tells what its healthcheck printed.
        container: which.
        port: at which it should answer; 0 where that is not known.
        address: in a network that nginx is in; "" where it is in none.
        known: what only one of the proxies sees, by the names of Candidate.
    """
    return Candidate(
        name=container.name,
        project=container.project,
        state=container.state,
        phase=container.phase,
        health=container.health,
        networks=tuple(endpoint.network for endpoint in container.endpoints),
        network_mode=container.network_mode,
        port=port,
        address=address,
        accepts=bool(address and port) and await accepts(address, port),
        stop_requested=container.stop_requested,
        exit_code=container.exit_code,
        restarts=container.restarts,
        check=await _check(docker, container),
        **known,
    )


async def _check(docker: Docker, container: Container) -> str:
    if container.health is not Health.UNHEALTHY:
        return ""
    with contextlib.suppress(HomeportError):
        lines = await docker.last_check(container.id)
        return next((line.strip() for line in reversed(lines) if line.strip()), "")[:200]
    return ""


async def status_of(
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    host: str,
    *,
    before: str = "",
    whole: bool = False,
) -> int:
    """The status of `GET /` for a host, as a visitor asks; the connection ends with it.

    Args:
        streams: a connection to nginx.
        host: asked for.
        before: what a proxy before this one would have said first.
        whole: read all that is answered, so that nginx does not log a visitor who went away.

    Raises:
        OSError: it went away.
        ValueError, IndexError: what came is no status.
    """
    reader, writer = streams
    lines = (f"Host: {host}", "User-Agent: homeport", "Connection: close", "", "")
    try:
        writer.write("\r\n".join((f"{before}GET / HTTP/1.1", *lines)).encode())
        status = int((await reader.readline()).split(b" ")[1])
        while whole and await reader.read(65536):
            pass
        return status
    finally:
        writer.close()
