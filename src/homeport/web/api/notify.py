"""A notification to try the addresses with."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.errors import RequestError
from homeport.events import NotifyTried
from homeport.web.context import asked_by, context_of


async def attempt(request: Request) -> JSONResponse:
    """POST /api/notify: send one to every address; `homeport events` tells of those it missed."""
    context = context_of(request)
    if not context.notified:
        hint = 'for example notify = "ntfy+https://ntfy.example.org/my-box" in homeport.toml'
        raise RequestError("nobody is notified: the setting notify is empty", hint=hint)
    context.store.record(NotifyTried(by=asked_by(request)))
    return JSONResponse({"addresses": context.notified}, 202)


ROUTES = [Route("/api/notify", attempt, methods=["POST"])]
