"""Events: as a list, or as they happen (server-sent events)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from homeport.errors import RequestError
from homeport.store.journal import Journal
from homeport.web import shapes
from homeport.web.context import context_of

_SHOWN = 50


async def events(request: Request) -> Response:
    """GET /api/events?app=&after=ID&follow=1; `Last-Event-ID` goes on after a lost connection."""
    journal, app = context_of(request).store.journal, request.query_params.get("app", "")
    given = request.headers.get("last-event-id") or request.query_params.get("after", "")
    if given and not given.isdigit():
        raise RequestError(f"after {given[:20]!r} is no event's id")
    after = int(given) if given else journal.last(_SHOWN, app=app)
    if request.query_params.get("follow") != "1":
        return JSONResponse([shapes.event_shape(r) for r in journal.since(after, app=app)])
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    parts = _stream(journal, after, app)
    return StreamingResponse(parts, media_type="text/event-stream", headers=headers)


async def _stream(journal: Journal, after: int, app: str) -> AsyncIterator[str]:
    async for recorded in journal.follow(after, app=app):
        shape = shapes.event_shape(recorded)
        yield f"id: {recorded.id}\nevent: {shape['event']}\ndata: {json.dumps(shape)}\n\n"


ROUTES = [Route("/api/events", events, methods=["GET"])]
