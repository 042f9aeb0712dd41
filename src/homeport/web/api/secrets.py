"""Secrets of an app: set, listed by name, taken away; never shown."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.errors import RequestError
from homeport.events import SecretChanged
from homeport.web import shapes
from homeport.web.context import context_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_LONGEST = 64 << 10  # characters: a key, not a file of data


async def list_secrets(request: Request) -> JSONResponse:
    """GET /api/apps/NAME/secrets: their names."""
    store, app = context_of(request).store, request.path_params["name"]
    store.apps.get(app)
    return JSONResponse([asdict(secret) for secret in store.secrets.list(app)])


async def set_secret(request: Request) -> JSONResponse:
    """PUT /api/apps/NAME/secrets/KEY."""
    store, app, key = context_of(request).store, *_named(request)
    wanted = await shapes.read(request, shapes.NewSecret)
    store.apps.get(app)
    if not wanted.value or len(wanted.value) > _LONGEST or "\0" in wanted.value:
        raise RequestError(f"a secret has 1 to {_LONGEST} characters, none of them NUL")
    store.secrets.set(app, key, wanted.value)
    store.record(SecretChanged(app=app, name=key))
    return JSONResponse({"name": key})


async def remove_secret(request: Request) -> JSONResponse:
    """DELETE /api/apps/NAME/secrets/KEY."""
    store, app, key = context_of(request).store, *_named(request)
    store.secrets.remove(app, key)
    store.record(SecretChanged(app=app, name=key))
    return JSONResponse({"removed": key})


async def encrypt(request: Request) -> JSONResponse:
    """POST /api/apps/NAME/encrypt: what stands behind `secure:`; nothing of it is kept."""
    store, app = context_of(request).store, request.path_params["name"]
    wanted = await shapes.read(request, shapes.NewSecret)
    store.apps.get(app)
    from homeport.pipeline import secure  # 20 MB: only where something is encrypted

    key = store.secrets.key(app)
    if not key:
        key = await asyncio.to_thread(secure.make_key)
        store.secrets.set_key(app, key)
    return JSONResponse({"secure": secure.encrypt(key, wanted.value)})


def _named(request: Request) -> tuple[str, str]:
    app, key = request.path_params["name"], request.path_params["key"]
    if not _NAME.fullmatch(key):
        raise RequestError(f"{key[:60]!r} is no name of a variable", hint="letters, digits and _")
    return app, key


ROUTES = [
    Route("/api/apps/{name}/secrets", list_secrets, methods=["GET"]),
    Route("/api/apps/{name}/encrypt", encrypt, methods=["POST"]),
    Route("/api/apps/{name}/secrets/{key}", set_secret, methods=["PUT"]),
    Route("/api/apps/{name}/secrets/{key}", remove_secret, methods=["DELETE"]),
]
