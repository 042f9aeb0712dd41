"""The pages of images: all of them, one, a build of it, and what it is made of."""

from __future__ import annotations

import asyncio
import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homeport.build.sbom import MEDIA_TYPE as SPDX
from homeport.errors import NotFound
from homeport.model.image import ImageBuild, Tag
from homeport.model.names import app_of, check_repository
from homeport.registry.attach import attachments_of
from homeport.web.context import Context, context_of
from homeport.web.pages.render import BUILDS, Page, build_page, image_page, images_page
from homeport.web.public.answers import cached, html, may_see, not_shown, visible
from homeport.web.public.badges import live_commit

_LOG = 4 << 20  # bytes of a log that a page is made of


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
    return html(images_page(pages, now=time.time()))


async def image(request: Request) -> Response:
    """GET /images/REPOSITORY: the page of an image."""
    name = check_repository(request.path_params["repository"])
    page = await _page(request, name)
    if page is None:
        return not_shown(request)
    page = msgspec.structs.replace(page, sbom=_sbom_of(context_of(request), page))
    return html(image_page(page, now=time.time()))


async def sbom(request: Request) -> Response:
    """GET /sbom/DIGEST/REPOSITORY: what an image is made of, as SPDX."""
    context, name = context_of(request), check_repository(request.path_params["repository"])
    app = context.store.apps.find(app_of(name))
    if app is None or context.registry is None or not may_see(request, app):
        return not_shown(request)
    for found in attachments_of(context.registry.storage, name, request.path_params["digest"]):
        if found.artifact_type == SPDX:
            return cached(request, found.content.decode(errors="replace"), "application/json")
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
    store = context_of(request).store
    found = visible(request, store.builds.get)
    if found is None:
        return not_shown(request, "build")
    log = store.logs.read(found.run, size=_LOG).decode(errors="replace")
    return html(build_page(_shown(request, found), log, now=time.time()))


async def _page(request: Request, name: str) -> Page | None:
    """What the page of an image shows; None where who asks may not see it."""
    context = context_of(request)
    app = context.store.apps.find(app_of(name))
    if app is None or context.registry is None or not may_see(request, app):
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
        version=live_commit(context, app),
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


ROUTES = [
    Route("/images", images),
    Route("/images/{repository:path}", image),
    Route("/builds/{number:int}", build),
    Route("/sbom/{digest}/{repository:path}", sbom),
]
