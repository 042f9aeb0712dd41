"""Keys for git over SSH: add, list, remove."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.errors import RequestError
from homeport.events import KeyAdded, KeyRemoved
from homeport.source.sshkeys import read_key
from homeport.store.keys import Key
from homeport.web import shapes
from homeport.web.context import context_of


async def list_keys(request: Request) -> JSONResponse:
    """GET /api/keys: the keys, and what clients know the box by."""
    context = context_of(request)
    found = [shapes.key_shape(key) for key in context.store.keys.list()]
    return JSONResponse({"keys": found, **context.ssh()})


async def add(request: Request) -> JSONResponse:
    """POST /api/keys."""
    wanted = await shapes.read(request, shapes.NewKey)
    if not wanted.name or len(wanted.name) > 64 or not wanted.name.isprintable():
        raise RequestError(f"{wanted.name[:64]!r} is no name for a key")
    public, store = read_key(wanted.key), context_of(request).store
    for app in wanted.apps:
        store.apps.get(app)
    key = Key(
        name=wanted.name,
        key=public.text,
        comment=public.comment,
        fingerprint=public.fingerprint,
        apps=tuple(wanted.apps),
        created_at=time.time(),
    )
    store.keys.add(key)
    store.record(KeyAdded(name=key.name, fingerprint=key.fingerprint))
    return JSONResponse({**shapes.key_shape(key), **context_of(request).ssh()}, 201)


async def remove(request: Request) -> JSONResponse:
    """DELETE /api/keys/NAME."""
    store, name = context_of(request).store, request.path_params["name"]
    store.keys.remove(name)
    store.record(KeyRemoved(name=name))
    return JSONResponse({"removed": name})


ROUTES = [
    Route("/api/keys", list_keys, methods=["GET"]),
    Route("/api/keys", add, methods=["POST"]),
    Route("/api/keys/{name}", remove, methods=["DELETE"]),
]
