"""Runs and their jobs: list, show, cancel, retry, and their logs."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from homeport.errors import RequestError
from homeport.model.app import JobRecord, Run
from homeport.pipeline.folds import folds
from homeport.web import shapes
from homeport.web.context import asked_by, context_of

_SEARCHED = 100  # runs, the newest
_HITS = 200  # lines


async def of_app(request: Request) -> JSONResponse:
    """GET /api/apps/APP/runs, newest first."""
    store = context_of(request).store
    app = store.apps.get(request.path_params["app"])
    return JSONResponse([shapes.run_shape(run) for run in store.runs.of_app(app.name)])


async def show(request: Request) -> JSONResponse:
    """GET /api/runs/N, and where its page is."""
    run, context = _run(request), context_of(request)
    page = f"{context.elsewhere or context.git_url}/runs/{run.number}"
    return JSONResponse({**shapes.run_shape(run), "page": page})


async def cancel(request: Request) -> JSONResponse:
    """POST /api/runs/N/cancel."""
    run = _run(request)
    context_of(request).deliveries.cancel(run)
    return JSONResponse({"run": run.number}, 202)


async def retry(request: Request) -> JSONResponse:
    """POST /api/runs/N/retry: a new run of the same commit."""
    number = context_of(request).deliveries.retry(_run(request), asked_by(request))
    return JSONResponse({"run": number}, 202)


async def approve(request: Request) -> JSONResponse:
    """POST /api/runs/N/approve: a pull request of a fork may run."""
    run = _run(request)
    context_of(request).deliveries.approve(run, asked_by(request))
    return JSONResponse({"run": run.number}, 202)


async def log(request: Request) -> Response:
    """GET /api/runs/N/log?offset=B&follow=1: bytes, from an offset."""
    run = _run(request)
    return _stream(request, run, run.number)


async def jobs(request: Request) -> JSONResponse:
    """GET /api/runs/N/jobs."""
    found = context_of(request).store.jobs.of_run(_run(request).number)
    return JSONResponse([shapes.job_shape(job) for job in found])


async def job_log(request: Request) -> Response:
    """GET /api/runs/N/jobs/12.1/log?offset=B&follow=1: what it printed, as it printed it."""
    run = _run(request)
    return _stream(request, run, _job(request, run).number)


async def job_folds(request: Request) -> JSONResponse:
    """GET /api/runs/N/jobs/12.1/folds: the parts of its log, and how long each took."""
    job = _job(request, _run(request))
    lines = context_of(request).store.logs.lines(job.number)
    found = await asyncio.to_thread(lambda: [asdict(fold) for fold in folds(lines)])
    return JSONResponse(found)


async def search(request: Request) -> Response:
    """GET /api/apps/APP/search?text=: the lines of the kept logs that have it, newest run first."""
    store = context_of(request).store
    app, text = store.apps.get(request.path_params["app"]), request.query_params.get("text", "")
    if not text:
        raise RequestError("there is nothing to search for", hint="homeport run search APP TEXT")
    numbers = [run.number for run in store.runs.of_app(app.name, limit=_SEARCHED)]
    found = await asyncio.to_thread(store.logs.search, numbers, text, _HITS)
    return JSONResponse(found)


def _stream(request: Request, run: Run, name: int | str) -> StreamingResponse:
    """A log, from an offset; until the run is over where it is followed."""
    store = context_of(request).store
    offset = request.query_params.get("offset", "0")
    if not offset.isdigit():
        raise RequestError(f"offset {offset[:20]!r} is no number of bytes")
    follow = request.query_params.get("follow") == "1"

    def ended() -> bool:
        return not follow or store.runs.get(run.number).state.final

    parts = store.logs.follow(name, int(offset), ended)
    return StreamingResponse(parts, media_type="text/plain; charset=utf-8")


def _run(request: Request) -> Run:
    number = request.path_params["number"]
    return context_of(request).store.runs.get(number)


def _job(request: Request, run: Run) -> JobRecord:
    return context_of(request).store.jobs.get(run.number, request.path_params["job"])


ROUTES = [
    Route("/api/apps/{app}/runs", of_app, methods=["GET"]),
    Route("/api/runs/{number:int}", show, methods=["GET"]),
    Route("/api/runs/{number:int}/cancel", cancel, methods=["POST"]),
    Route("/api/runs/{number:int}/retry", retry, methods=["POST"]),
    Route("/api/runs/{number:int}/approve", approve, methods=["POST"]),
    Route("/api/runs/{number:int}/log", log, methods=["GET"]),
    Route("/api/runs/{number:int}/jobs", jobs, methods=["GET"]),
    Route("/api/runs/{number:int}/jobs/{job}/log", job_log, methods=["GET"]),
    Route("/api/runs/{number:int}/jobs/{job}/folds", job_folds, methods=["GET"]),
    Route("/api/apps/{app}/search", search, methods=["GET"]),
]
