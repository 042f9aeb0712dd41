"""Stacks without an app, on the local socket: whoever may speak there may use the Engine, too."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from homeport.delivery.standalone import Wanted
from homeport.errors import RequestError
from homeport.web.context import context_of, only_local


async def plan(request: Request) -> JSONResponse:
    """POST /api/stacks/plan: what `up` would do."""
    wanted = await _wanted(request)
    return JSONResponse(await context_of(request).stacks.plan(wanted))


async def up(request: Request) -> StreamingResponse:
    """POST /api/stacks/up: a line of JSON for each thing that happens, and the end of it."""
    wanted = await _wanted(request)
    return _lines(context_of(request).stacks.up(wanted))


async def down(request: Request) -> StreamingResponse:
    """POST /api/stacks/down {project, volumes}."""
    only_local(request)
    asked: dict[str, Any] = await request.json()
    volumes = bool(asked.get("volumes"))
    return _lines(context_of(request).stacks.down(str(asked["project"]), volumes=volumes))


async def _wanted(request: Request) -> Wanted:
    only_local(request)
    try:
        return msgspec.json.decode(await request.body(), type=Wanted)
    except msgspec.DecodeError as error:
        raise RequestError(f"this is no wanted stack: {error}") from error


def _lines(messages: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
    async def encoded() -> AsyncIterator[bytes]:
        async for message in messages:
            yield json.dumps(message).encode() + b"\n"

    return StreamingResponse(encoded(), media_type="application/x-ndjson")


ROUTES = [
    Route("/api/stacks/plan", plan, methods=["POST"]),
    Route("/api/stacks/up", up, methods=["POST"]),
    Route("/api/stacks/down", down, methods=["POST"]),
]
