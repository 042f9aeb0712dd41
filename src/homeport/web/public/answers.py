"""How the public pages answer: a page, a text that is kept, and what is not shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from homeport.errors import NotFound
from homeport.model.app import App, Run
from homeport.model.image import ImageBuild
from homeport.web.context import context_of

T = TypeVar("T", Run, ImageBuild)
_CSP = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    # These three do not follow default-src. Source: Content Security Policy Level 3, 6.1.
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def may_see(request: Request, app: App) -> bool:
    """Whether who asks may see what is an app's: everybody if it is public, else by a token."""
    return app.public or bool(request.scope.get("homeport.by"))


def visible(request: Request, get: Callable[[int], T]) -> T | None:
    """The run or the build of an address; None where there is none, or who asks may not see it."""
    try:
        found = get(request.path_params["number"])
    except NotFound:
        return None
    app = context_of(request).store.apps.find(found.app)
    return found if app and may_see(request, app) else None


def not_shown(request: Request, what: str = "image") -> Response:
    """What is not there, and what may not be seen, look the same."""
    if request.scope.get("homeport.by"):
        raise NotFound(f"there is no such {what}")
    headers = {"WWW-Authenticate": 'Basic realm="homeport"'}
    return Response("a token is needed, as password\n", 401, headers)


def html(text: str) -> HTMLResponse:
    """A page, which loads nothing from elsewhere and runs no script."""
    headers = {
        "Content-Security-Policy": _CSP,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return HTMLResponse(text, headers=headers)


def cached(request: Request, text: str, kind: str) -> Response:
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
