"""The application: routes, trust, and one shape for every error."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from homeport.errors import Denied, Forbidden, HomeportError, NotFound
from homeport.web import api, hooks, login, nic, public
from homeport.web.context import Context, is_local
from homeport.web.credentials import basic, is_by_another_site
from homeport.web.git import git_routes

_OPEN = ("/healthz",)
# What stands below asks for a token in its own way.
_OWN_PROOF = ("/git/", login.PREFIX, hooks.PREFIX, nic.PATH)


def build_app(context: Context) -> Starlette:
    """The ASGI application."""
    routes = [
        Route("/healthz", _healthz),
        *git_routes(context.repositories, context.store.tokens.who, max_push=context.max_push),
        *api.ROUTES,
        *hooks.hook_routes(),
        *login.ROUTES,
        *nic.ROUTES,
        *public.ROUTES,
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(_OwnSite), Middleware(_Trust)],
        exception_handlers={
            HomeportError: _failed,
            HTTPException: _unknown,
            Exception: _failed,
        },
    )
    app.state.context = context
    return app


class _OwnSite:
    """What another site's page has a browser do is refused, whatever token the browser has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope) if scope["type"] == "http" else None
        if request and is_by_another_site(request.method, request.headers):
            answer = _error(Forbidden("a page of another site had this sent"))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


class _Trust:
    """The local socket is trusted; everybody else shows a token. git asks for its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path in _OPEN or path.startswith(_OWN_PROOF):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        by = "local" if is_local(request) else _bearer(request)
        if by is None and path.startswith(public.PREFIXES):
            by = ""
        if by is None:
            answer = _error(Denied("a token is needed", hint="Authorization: Bearer TOKEN"))
            await answer(scope, receive, send)
            return
        scope["homeport.by"] = by
        await self._app(scope, receive, send)


def _bearer(request: Request) -> str | None:
    """The name of the token that a request shows, as Bearer or as the password of Basic."""
    header = request.headers.get("authorization", "")
    password = basic(header)
    value = header.partition(" ")[2] if password is None else password
    context: Context = request.app.state.context
    return context.store.tokens.who(value) if value else None


async def _healthz(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


async def _failed(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, HomeportError):
        return _error(error)
    hint = "this is a fault of homeport: its output shows where; please report it"
    return _error(HomeportError(f"homeport itself failed: {error!r}", hint=hint))


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    """No such address, or no such method of it."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    what = f"{request.method} {request.url.path[:80]}"
    answer = _error(NotFound(f"there is no {what}", hint="docs/reference.md lists the API"))
    answer.status_code = status
    return answer


def _error(error: HomeportError) -> JSONResponse:
    shape = {
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "exit_status": error.exit_status,
    }
    return JSONResponse({"error": shape}, error.http_status)
