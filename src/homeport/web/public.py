"""What everybody may see of a public app: its badges, the pages of its images and of its runs.

Those of another app are for who shows a token (as Bearer, or where a browser asks for it).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from homeport.build.sbom import MEDIA_TYPE as SPDX
from homeport.errors import NotFound
from homeport.model.app import App, Run
from homeport.model.image import ImageBuild, Tag
from homeport.model.names import app_of, check_repository, check_tag
from homeport.registry.attach import attachments_of
from homeport.web import badges
from homeport.web.badges import Badge
from homeport.web.context import Context, context_of
from homeport.web.pages.render import BUILDS, Page, build_page, image_page, images_page
from homeport.web.pages.runs import LOG, TOLD, job_page, run_page, stages_of

# What stands below decides by itself who may see it.
PREFIXES = ("/badges/", "/images", "/builds/", "/runs/", "/sbom/", "/favicon.ico")
_CSP = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'"
_LOG = 4 << 20  # bytes of a log that a page is made of


async def badge(request: Request) -> Response:
    """GET /badges/APP/KIND.svg and KIND.json: build (?branch=), pulls, size (?tag=), version."""
    context, name = context_of(request), request.path_params["app"]
    app = context.store.apps.find(app_of(name))
    make = _BADGES.get(request.path_params["kind"])
    if make is None or request.path_params["form"] not in ("svg", "json"):
        raise NotFound(f"there is no such badge; there are {', '.join(_BADGES)}, as svg and json")
    seen = app is not None and _may_see(request, app)
    found = make(context, name, request) if seen else badges.unknown(request.path_params["kind"])
    if request.path_params["form"] == "json":
        return _cached(request, json.dumps(badges.endpoint(found)), "application/json")
    return _cached(request, badges.svg(found), "image/svg+xml")


def _of_build(context: Context, name: str, request: Request) -> Badge:
    """Of the branch that goes live, where none is named; of any, where that one was never built."""
    app = context.store.apps.get(app_of(name))
    branch = request.query_params.get("branch", "")
    refs = [f"refs/heads/{one}" for one in ((branch,) if branch else app.branches)]
    refs += [f"refs/tags/{branch}"] if branch else []
    states = (context.store.builds.state(app.name, name, ref) for ref in refs)
    found = next(filter(None, states), None)
    return badges.build(found if found or branch else context.store.builds.state(app.name, name))


def _of_pulls(context: Context, name: str, _request: Request) -> Badge:
    return badges.pulls(context.store.builds.pulls(name))


def _of_size(context: Context, name: str, request: Request) -> Badge:
    if context.registry is None:
        return badges.size(None)
    try:
        wanted = check_tag(request.query_params.get("tag") or "latest")
        return badges.size(context.registry.storage.tag(name, wanted).size)
    except NotFound:
        return badges.size(None)


def _of_version(context: Context, name: str, _request: Request) -> Badge:
    return badges.version(_version(context, context.store.apps.get(app_of(name))))


_BADGES: dict[str, Callable[[Context, str, Request], Badge]] = {
    "build": _of_build,
    "pulls": _of_pulls,
    "size": _of_size,
    "version": _of_version,
}


async def images(request: Request) -> Response:
    """GET /images: every image that who asks may see."""
    context = context_of(request)
    if context.registry is None:
        raise NotFound("there is no registry here")
    pages = [
        page
        for name in await asyncio.to_thread(context.registry.storage.repositories)
        if (page := await _page(request, name))
    ]
    return _html(images_page(pages, now=time.time()))


async def image(request: Request) -> Response:
    """GET /images/REPOSITORY: the page of an image."""
    name = check_repository(request.path_params["repository"])
    page = await _page(request, name)
    if page is None:
        return _who(request)
    page = msgspec.structs.replace(page, sbom=_sbom_of(context_of(request), page))
    return _html(image_page(page, now=time.time()))


async def sbom(request: Request) -> Response:
    """GET /sbom/DIGEST/REPOSITORY: what an image is made of, as SPDX."""
    context, name = context_of(request), check_repository(request.path_params["repository"])
    app = context.store.apps.find(app_of(name))
    if app is None or context.registry is None or not _may_see(request, app):
        return _who(request)
    for found in attachments_of(context.registry.storage, name, request.path_params["digest"]):
        if found.artifact_type == SPDX:
            return _cached(request, found.content.decode(errors="replace"), "application/json")
    raise NotFound("there is no SBOM beside this image")


def _sbom_of(context: Context, page: Page) -> str:
    """The address of the SBOM of the newest image; "" where it has none."""
    if context.registry is None or page.newest is None:
        return ""
    for made in page.newest.images:
        there = attachments_of(context.registry.storage, page.repository, made.digest)
        if any(found.artifact_type == SPDX for found in there):
            return f"/sbom/{made.digest}/{page.repository}"
    return ""


async def build(request: Request) -> Response:
    """GET /builds/N: the build of an image, and its log."""
    context = context_of(request)
    found = context.store.builds.get(request.path_params["number"])
    app = context.store.apps.find(found.app)
    if app is None or not _may_see(request, app):
        return _who(request)
    log = context.store.logs.read(found.run, size=_LOG).decode(errors="replace")
    return _html(build_page(_shown(request, found), log, now=time.time()))


async def run(request: Request) -> Response:
    """GET /runs/N: a run, its jobs, and the end of its log."""
    store, found = context_of(request).store, _run(request)
    if found is None:
        return _who(request, "run")
    stages = stages_of(store.journal.of_run(found.number, *TOLD), found.receipt)
    jobs, log = store.jobs.of_run(found.number), store.logs.end(found.number, LOG)
    page = await asyncio.to_thread(run_page, found, stages, jobs, log, now=time.time())
    return _html(page)


async def job(request: Request) -> Response:
    """GET /runs/N/12.1: a job, with its log folded."""
    store, found = context_of(request).store, _run(request)
    if found is None:
        return _who(request, "run")
    one = store.jobs.get(found.number, request.path_params["job"])
    log = store.logs.end(one.number, LOG)
    return _html(await asyncio.to_thread(job_page, found, one, log, now=time.time()))


def _run(request: Request) -> Run | None:
    """The run of an address; None where there is none, or who asks may not see it."""
    store = context_of(request).store
    try:
        found = store.runs.get(request.path_params["number"])
    except NotFound:
        return None
    app = store.apps.find(found.app)
    return found if app and _may_see(request, app) else None


async def favicon(_request: Request) -> Response:
    """GET /favicon.ico: none, which browsers ask for all the same."""
    return Response(status_code=204, headers={"Cache-Control": "max-age=86400"})


async def _page(request: Request, name: str) -> Page | None:
    """What the page of an image shows; None where who asks may not see it."""
    context = context_of(request)
    app = context.store.apps.find(app_of(name))
    if app is None or context.registry is None or not _may_see(request, app):
        return None
    storage, builds = context.registry.storage, context.store.builds
    tags: list[Tag] = await asyncio.to_thread(storage.shown, name)
    return Page(
        repository=name,
        app=app.name,
        public=app.public,
        host=_host(request, context.registry.address),
        tags=tuple(tags),
        builds=tuple(_shown(request, b) for b in builds.of(name, limit=BUILDS)),
        build_count=builds.count(name),
        pulls=builds.pulls(name),
        version=_version(context, app),
    )


def _shown(request: Request, found: ImageBuild) -> ImageBuild:
    """A build without the values of its arguments, for who shows no token: one may be a secret."""
    if request.scope.get("homeport.by"):
        return found
    return msgspec.structs.replace(found, args=dict.fromkeys(found.args, "not shown"))


def _host(request: Request, address: str) -> str:
    """Where who asks pulls from: under the name that they came by, or on the box itself."""
    shown = request.headers.get("x-forwarded-host", "")
    return shown or address


def _version(context: Context, app: App) -> str:
    if not app.current_release:
        return ""
    try:
        return context.store.releases.get(app.name, app.current_release).commit[:7]
    except NotFound:
        return ""


def _may_see(request: Request, app: App) -> bool:
    return app.public or bool(request.scope.get("homeport.by"))


def _who(request: Request, what: str = "image") -> Response:
    """What is not there, and what may not be seen, look the same."""
    if request.scope.get("homeport.by"):
        raise NotFound(f"there is no such {what}")
    headers = {"WWW-Authenticate": 'Basic realm="homeport"'}
    return Response("a token is needed, as password\n", 401, headers)


def _html(text: str) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": _CSP,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return HTMLResponse(text, headers=headers)


def _cached(request: Request, text: str, kind: str) -> Response:
    """An answer that is asked about anew each time, and sent only when it changed."""
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Access-Control-Allow-Origin": "*",
        "Content-Security-Policy": _CSP,
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type=kind, headers=headers)


ROUTES = [
    Route("/badges/{app:path}/{kind}.{form}", badge),
    Route("/images", images),
    Route("/images/{repository:path}", image),
    Route("/builds/{number:int}", build),
    Route("/runs/{number:int}", run),
    Route("/runs/{number:int}/{job}", job),
    Route("/sbom/{digest}/{repository:path}", sbom),
    Route("/favicon.ico", favicon),
]
