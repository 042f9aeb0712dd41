"""What an app's containers print: all replicas in one stream, each line with its name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, NotFound, RequestError
from homeport.model.container import Container
from homeport.web.context import context_of


async def logs(request: Request) -> StreamingResponse:
    """GET /api/apps/APP/logs?service=&tail=N&follow=1."""
    context = context_of(request)
    app = context.store.apps.get(request.path_params["app"])
    service = request.query_params.get("service", "")
    tail = request.query_params.get("tail", "100")
    if tail != "all" and not tail.isdigit():
        raise RequestError(f"tail {tail[:20]!r} is neither a number nor `all`")
    mine = (f"com.docker.compose.project={app.name}",)
    found = [c for c in await context.docker.containers(labels=mine) if service in ("", c.service)]
    if service and not found:
        raise NotFound(
            f"app {app.name} has no service {service}", hint=f"homeport app show {app.name}"
        )
    follow = request.query_params.get("follow") == "1"
    lines = _merged(context.docker, sorted(found, key=lambda c: c.name), tail=tail, follow=follow)
    return StreamingResponse(lines, media_type="text/plain; charset=utf-8")


async def _merged(
    docker: Docker, containers: list[Container], *, tail: str, follow: bool
) -> AsyncIterator[bytes]:
    """The lines of all of them, as they come."""
    lines: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1000)
    tasks = [
        asyncio.create_task(_pour(docker, c, lines, tail=tail, follow=follow)) for c in containers
    ]
    open_ended = len(tasks)
    try:
        while open_ended:
            line = await lines.get()
            if line is None:
                open_ended -= 1
            else:
                yield line
    finally:
        for task in tasks:
            task.cancel()


async def _pour(
    docker: Docker,
    container: Container,
    lines: asyncio.Queue[bytes | None],
    *,
    tail: str,
    follow: bool,
) -> None:
    prefix, rest = f"{container.name} | ".encode(), b""
    try:
        async with docker.logs(container.name, tail=tail, follow=follow) as output:
            async for _stream, data in output:
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    await lines.put(prefix + line + b"\n")
        if rest:
            await lines.put(prefix + rest + b"\n")
    except HomeportError as error:
        await lines.put(prefix + error.message.encode() + b"\n")
    finally:
        await lines.put(None)


ROUTES = [Route("/api/apps/{app}/logs", logs, methods=["GET"])]
