"""The pages of a run and of its jobs."""

from __future__ import annotations

import asyncio
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homeport.web.context import context_of
from homeport.web.pages.runs import LOG, TOLD, job_page, run_page, stages_of
from homeport.web.public.answers import html, not_shown, visible


async def run(request: Request) -> Response:
    """GET /runs/N: a run, its jobs, and the end of its log."""
    store = context_of(request).store
    found = visible(request, store.runs.get)
    if found is None:
        return not_shown(request, "run")
    stages = stages_of(store.journal.of_run(found.number, *TOLD), found.receipt)
    jobs, log = store.jobs.of_run(found.number), store.logs.end(found.number, LOG)
    page = await asyncio.to_thread(run_page, found, stages, jobs, log, now=time.time())
    return html(page)


async def job(request: Request) -> Response:
    """GET /runs/N/12.1: a job, with its log folded."""
    store = context_of(request).store
    found = visible(request, store.runs.get)
    if found is None:
        return not_shown(request, "run")
    one = store.jobs.get(found.number, request.path_params["job"])
    log = store.logs.end(one.number, LOG)
    return html(await asyncio.to_thread(job_page, found, one, log, now=time.time()))


ROUTES = [
    Route("/runs/{number:int}", run),
    Route("/runs/{number:int}/{job}", job),
]
