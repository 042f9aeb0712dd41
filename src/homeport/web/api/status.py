"""The state of the whole, and its end."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.web import shapes
from homeport.web.context import context_of, only_local


async def status(request: Request) -> JSONResponse:
    """GET /api/status: the daemon, the Engine, the proxy, the apps and their routes."""
    context = context_of(request)
    facts = await context.status()
    apps = [shapes.app_shape(app) for app in context.store.apps.list()]
    return JSONResponse({**facts, "apps": apps})


async def stop(request: Request) -> JSONResponse:
    """POST /api/stop: the daemon ends; what is live stays live."""
    only_local(request)
    wanted = await shapes.read(request, shapes.Stop)
    context_of(request).stop(wanted.all)
    return JSONResponse({"stopping": True}, 202)


ROUTES = [
    Route("/api/status", status, methods=["GET"]),
    Route("/api/stop", stop, methods=["POST"]),
]
