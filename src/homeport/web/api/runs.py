"""Runs: list, show, cancel, retry, and their logs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from homeport.errors import RequestError
from homeport.model.app import Run
from homeport.web import shapes
from homeport.web.context import asked_by, context_of


async def of_app(request: Request) -> JSONResponse:
    """GET /api/apps/APP/runs, newest first."""
    store = context_of(request).store
    app = store.apps.get(request.path_params["app"])
    return JSONResponse([shapes.run_shape(run) for run in store.runs.of_app(app.name)])


async def show(request: Request) -> JSONResponse:
    """GET /api/runs/N."""
    return JSONResponse(shapes.run_shape(_run(request)))


async def cancel(request: Request) -> JSONResponse:
    """POST /api/runs/N/cancel."""
    run = _run(request)
    context_of(request).deliveries.cancel(run)
    return JSONResponse({"run": run.number}, 202)


async def retry(request: Request) -> JSONResponse:
    """POST /api/runs/N/retry: a new run of the same commit."""
    number = context_of(request).deliveries.retry(_run(request), asked_by(request))
    return JSONResponse({"run": number}, 202)


async def log(request: Request) -> Response:
    """GET /api/runs/N/log?offset=B&follow=1: bytes, from an offset."""
    store, run = context_of(request).store, _run(request)
    offset = request.query_params.get("offset", "0")
    if not offset.isdigit():
        raise RequestError(f"offset {offset[:20]!r} is no number of bytes")
    follow = request.query_params.get("follow") == "1"

    def ended() -> bool:
        return not follow or store.runs.get(run.number).state.final

    parts = store.logs.follow(run.number, int(offset), ended)
    return StreamingResponse(parts, media_type="text/plain; charset=utf-8")


def _run(request: Request) -> Run:
    number = request.path_params["number"]
    return context_of(request).store.runs.get(number)


ROUTES = [
    Route("/api/apps/{app}/runs", of_app, methods=["GET"]),
    Route("/api/runs/{number:int}", show, methods=["GET"]),
    Route("/api/runs/{number:int}/cancel", cancel, methods=["POST"]),
    Route("/api/runs/{number:int}/retry", retry, methods=["POST"]),
    Route("/api/runs/{number:int}/log", log, methods=["GET"]),
]
