"""The badges of an app, as SVG and as shields.io's endpoint takes them."""

from __future__ import annotations

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homeport.errors import NotFound
from homeport.model.app import App
from homeport.model.names import app_of, check_tag
from homeport.web import badges
from homeport.web.badges import Badge
from homeport.web.context import Context, context_of
from homeport.web.public.answers import cached, may_see


async def badge(request: Request) -> Response:
    """GET /badges/APP/KIND.svg and KIND.json: build (?branch=), pulls, size (?tag=), version."""
    context, name = context_of(request), request.path_params["app"]
    app = context.store.apps.find(app_of(name))
    make = _BADGES.get(request.path_params["kind"])
    if make is None or request.path_params["form"] not in ("svg", "json"):
        raise NotFound(f"there is no such badge; there are {', '.join(_BADGES)}, as svg and json")
    seen = app is not None and may_see(request, app)
    found = make(context, name, request) if seen else badges.unknown(request.path_params["kind"])
    if request.path_params["form"] == "json":
        return cached(request, json.dumps(badges.endpoint(found)), "application/json")
    return cached(request, badges.svg(found), "image/svg+xml")


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
    return badges.version(live_commit(context, context.store.apps.get(app_of(name))))


_BADGES: dict[str, Callable[[Context, str, Request], Badge]] = {
    "build": _of_build,
    "pulls": _of_pulls,
    "size": _of_size,
    "version": _of_version,
}


def live_commit(context: Context, app: App) -> str:
    """The short commit of the release that is live; "" where none is."""
    if not app.current_release:
        return ""
    try:
        return context.store.releases.get(app.name, app.current_release).commit[:7]
    except NotFound:
        return ""


ROUTES = [Route("/badges/{app:path}/{kind}.{form}", badge)]
