"""Builders: machines of other architectures."""

from __future__ import annotations

import re

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.engine.remote import Remote
from homeport.errors import RequestError
from homeport.model.image import Builder, read_platform
from homeport.web import shapes
from homeport.web.context import context_of

# A DOCKER_HOST that goes over ssh: nothing in it can be taken for an option.
_HOST = re.compile(r"ssh://(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9_][\w.-]*(?::\d{1,5})?")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")


async def list_builders(request: Request) -> JSONResponse:
    """GET /api/builders."""
    return JSONResponse([msgspec.to_builtins(b) for b in context_of(request).store.builders.list()])


async def add(request: Request) -> JSONResponse:
    """POST /api/builders: it is asked what it is, and kept."""
    wanted = await shapes.read(request, shapes.NewBuilder)
    if not _HOST.fullmatch(wanted.host):
        raise RequestError(f"{wanted.host[:60]!r} is no builder", hint="ssh://USER@HOST")
    if not _NAME.fullmatch(wanted.name):
        raise RequestError(f"{wanted.name[:40]!r} is no name for a builder", hint="for example pi")
    builders = context_of(request).store.builders
    builders.check_free(wanted.name)
    remote = _remote(request, wanted.name, wanted.host)
    arch, fingerprints = await remote.learn()
    builder = Builder(name=wanted.name, host=wanted.host, platform=str(read_platform(arch)))
    builders.add(builder)
    return JSONResponse({**msgspec.to_builtins(builder), "host_keys": list(fingerprints)}, 201)


def _remote(request: Request, name: str, host: str = "") -> Remote:
    folder = context_of(request).repositories.parent / "builders"
    return Remote(name=name, host=host, folder=folder)


async def remove(request: Request) -> JSONResponse:
    """DELETE /api/builders/NAME."""
    name = request.path_params["name"]
    context_of(request).store.builders.remove(name)
    _remote(request, name).forget()
    return JSONResponse({"removed": name})


ROUTES = [
    Route("/api/builders", list_builders, methods=["GET"]),
    Route("/api/builders", add, methods=["POST"]),
    Route("/api/builders/{name}", remove, methods=["DELETE"]),
]
