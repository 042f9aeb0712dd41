"""Webhooks of forges: /hooks/APP. Their proof is a signature, so they show no token.

A webhook says THAT something moved. What that is, homeport fetches from the app's own remote, so
a payload decides nothing but that it is looked now.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from homeport.errors import HomeportError, NotFound
from homeport.events import AppChanged, HookMade, HookRefused, Warned
from homeport.model.app import App
from homeport.model.pull import PullRequest
from homeport.source.decode import decode
from homeport.source.forge import SETTABLE, forge_of
from homeport.source.remote import Remote, read_remote
from homeport.source.webhook import (
    LARGEST,
    Ignored,
    Kind,
    Proven,
    Pushed,
    Refused,
    prove,
    url_token,
)
from homeport.web import shapes
from homeport.web.bodies import Bodies, Lingering
from homeport.web.context import Context, context_of

PREFIX = "/hooks/"
_ANSWER_WITHIN = 7.0  # seconds: GitHub waits for ten
_TOLD_AGAIN = 3600.0  # seconds
_REASONS = 200  # that are remembered


def hook_routes() -> list[Route]:
    """The routes below /hooks/, and the one that shows a hook to its owner."""
    hooks = _Hooks()
    return [
        Route("/hooks/{app}", hooks.answer, methods=["POST"]),
        Route("/hooks/{app}/{token}", hooks.answer, methods=["POST"]),
        Route("/api/apps/{app}/hook", show, methods=["POST"]),
    ]


class _Hooks:
    """Takes webhooks, and remembers for an hour which refusals were told."""

    def __init__(self) -> None:
        self._bodies = Bodies(LARGEST)
        self._told: dict[tuple[str, str], float] = {}

    async def answer(self, request: Request) -> Response:
        """One webhook."""
        context, name = context_of(request), request.path_params["app"]
        app, secret = context.store.apps.find(name), context.store.remotes.secret(name)
        if app is None or not secret:
            hint = "on the box: homeport app hook NAME"
            return _error(NotFound("there is no hook here", hint=hint))
        try:
            body = await self._bodies.read(request)
        except HomeportError as error:
            self._tell(context, name, "", error.message)
            return _error(error)
        token = request.path_params.get("token", "")
        proven = prove(request.headers, body, secret=secret, token=token, now=time.time())
        found = proven if isinstance(proven, Refused) else _read(context, app, proven)
        if isinstance(found, Refused):
            forge = "" if isinstance(proven, Refused) else str(proven.forge)
            self._tell(context, name, forge, found.reason)
            return JSONResponse(_shape(found), found.status)
        if isinstance(found, Ignored):
            return _ignored(found.reason)
        return await _act(context, app, found)

    def _tell(self, context: Context, app: str, forge: str, reason: str) -> None:
        """Once an hour for each reason: who guesses does not fill the disk."""
        now = time.monotonic()
        self._told = {key: at for key, at in self._told.items() if now - at < _TOLD_AGAIN}
        if (app, reason) not in self._told and len(self._told) < _REASONS:
            self._told[app, reason] = now
            context.store.record(HookRefused(app=app, forge=forge, reason=reason))


def _read(context: Context, app: App, proven: Proven) -> tuple[Pushed, ...] | Ignored | Refused:
    """What a genuine delivery says; one that was taken before says nothing new."""
    _learn_forge(context, app, proven)
    if proven.delivery and context.store.remotes.is_known(app.name, proven.delivery):
        return Ignored(forge=proven.forge, reason=f"{proven.delivery} was taken before")
    return decode(proven, _remote(app))


async def _act(context: Context, app: App, pushed: tuple[Pushed, ...]) -> Response:
    """Look at the remote, or at the images; the delivery counts as taken from here on."""
    first = pushed[0]
    if first.delivery:
        context.store.remotes.taken(app.name, first.delivery)
    if first.kind is Kind.IMAGE:
        context.tag_moved()
        return JSONResponse({"runs": [], "note": "images that are followed are looked at"}, 202)
    if not app.remote:
        return _ignored(f"app {app.name} follows no remote: homeport app set {app.name} remote=URL")
    by = f"{first.who or 'somebody'} at {first.forge}"
    if first.kind is Kind.PULL_REQUEST:
        return await _pull(context, app, first, by)
    return await _look(context, app, by)


async def _pull(context: Context, app: App, first: Pushed, by: str) -> Response:
    """Fetch a pull request and queue its jobs; of a fork they wait for somebody's look."""
    pull = PullRequest(
        number=first.number, fork=first.fork, base=first.base, head=first.head, slug=first.slug
    )
    task = context.pull(app.name, first.ref, by, pull)
    done, _ = await asyncio.wait({task}, timeout=_ANSWER_WITHIN)
    if not done:
        return JSONResponse({"runs": [], "note": "it is being fetched"}, 202)
    if (error := task.exception()) is not None:
        said = error.message if isinstance(error, HomeportError) else "homeport itself failed"
        context.store.record(Warned(app=app.name, text=f"pull request {first.number}: {said}"))
        return JSONResponse({"runs": [], "note": said}, 202)
    waits = f": homeport run approve {task.result()} lets it run" if first.fork else ""
    note = f"pull request {first.number}{waits}"
    return JSONResponse({"runs": [task.result()], "note": note}, 202)


async def _look(context: Context, app: App, by: str) -> Response:
    """Fetch and queue, for as long as a forge waits for its answer; then it goes on alone."""
    look = context.remotes.look(app.name, by)
    done, _ = await asyncio.wait({look}, timeout=_ANSWER_WITHIN)
    if not done:
        return JSONResponse({"runs": [], "note": "it is being fetched"}, 202)
    if (error := look.exception()) is not None:
        # It is looked at again, and the hook worked: a forge would switch it off.
        said = error.message if isinstance(error, HomeportError) else "homeport itself failed"
        return JSONResponse({"runs": [], "note": f"{said}; it is tried again"}, 202)
    moved = look.result()
    if not moved.refs:
        return _ignored("nothing moved since the last look")
    return JSONResponse({"runs": list(moved.runs), "note": f"{', '.join(moved.refs)} moved"}, 202)


def _learn_forge(context: Context, app: App, proven: Proven) -> None:
    """Who can sign knows what he is: where a host's name does not tell, his webhook does."""
    remote = _remote(app)
    if remote and str(proven.forge) in SETTABLE and forge_of(remote, app.forge) is None:
        context.store.apps.set_forge(app.name, str(proven.forge))
        context.store.record(AppChanged(app=app.name, setting="forge"))


def _remote(app: App) -> Remote | None:
    return read_remote(app.remote) if app.remote else None


def _ignored(reason: str) -> Response:
    return JSONResponse({"ignored": reason})


def _error(error: HomeportError) -> Response:
    refused = Refused(status=error.http_status, reason=error.message, hint=error.hint)
    return Lingering(_shape(refused), error.http_status)


def _shape(refused: Refused) -> dict[str, Any]:
    """The one shape of an error."""
    kind = {401: "Denied", 404: "NotFound", 413: "TooLarge"}.get(refused.status, "RequestError")
    shape = {"kind": kind, "message": refused.reason, "hint": refused.hint, "exit_status": 2}
    return {"error": shape}


async def show(request: Request) -> Response:
    """POST /api/apps/APP/hook: its URL, and the secret when it is made or asked for."""
    context, wanted = context_of(request), await shapes.read(request, shapes.WantedHook)
    app = context.store.apps.get(request.path_params["app"])
    secret = context.store.remotes.secret(app.name)
    shown = wanted.show or wanted.rotate or not secret
    if wanted.rotate or not secret:
        secret = context.store.remotes.make_secret(app.name)
        context.store.record(HookMade(app=app.name))
    url = f"{context.elsewhere or context.git_url}{PREFIX}{app.name}"
    return JSONResponse(
        {
            "url": url,
            "elsewhere": bool(context.elsewhere),  # whether others than this box reach it
            "secret": secret if shown else "",
            "docker_hub": f"{url}/{url_token(secret)}" if shown else "",
        }
    )
