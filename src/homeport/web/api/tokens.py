"""Tokens: create, list, revoke."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.errors import RequestError
from homeport.events import TokenCreated, TokenRevoked
from homeport.registry.grant import read_grants
from homeport.web import shapes
from homeport.web.context import context_of


async def list_tokens(request: Request) -> JSONResponse:
    """GET /api/tokens."""
    found = context_of(request).store.tokens.list()
    return JSONResponse([shapes.token_shape(token) for token in found])


async def create(request: Request) -> JSONResponse:
    """POST /api/tokens: the only time that the token is shown."""
    wanted = await shapes.read(request, shapes.NewToken)
    if not wanted.name or len(wanted.name) > 64 or not wanted.name.isprintable():
        raise RequestError(f"{wanted.name[:64]!r} is no name for a token")
    store = context_of(request).store
    token = store.tokens.create(wanted.name, read_grants(wanted.access))
    store.record(TokenCreated(name=wanted.name))
    return JSONResponse({"name": wanted.name, "token": token}, 201)


async def revoke(request: Request) -> JSONResponse:
    """DELETE /api/tokens/NAME."""
    store, name = context_of(request).store, request.path_params["name"]
    store.tokens.revoke(name)
    store.record(TokenRevoked(name=name))
    return JSONResponse({"revoked": name})


ROUTES = [
    Route("/api/tokens", list_tokens, methods=["GET"]),
    Route("/api/tokens", create, methods=["POST"]),
    Route("/api/tokens/{name}", revoke, methods=["DELETE"]),
]
