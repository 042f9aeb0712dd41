"""The routes, and why a host answers what it answers."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.errors import RequestError
from homeport.model.wish import read_wish
from homeport.proxy.explain import explain
from homeport.web.context import context_of


async def routes(request: Request) -> JSONResponse:
    """GET /api/proxy/routes: every host and path that is served, and what was refused."""
    facts = await context_of(request).status()
    return JSONResponse({"routes": facts["routes"], "refusals": facts["refusals"]})


async def explained(request: Request) -> JSONResponse:
    """GET /api/proxy/explain/{host}: what was observed of it, and what that means."""
    host = _host(request.path_params["host"])
    observed = await context_of(request).examine(host)
    found = {"observation": observed, "explanation": explain(observed)}
    return JSONResponse(msgspec.to_builtins(found))


def _host(text: str) -> str:
    """A host name, in lower case: it stands in a request of our own.

    Raises:
        RequestError: it is none.
    """
    hosts = read_wish({"VIRTUAL_HOST": text}).hosts
    if len(hosts) != 1 or "*" in hosts[0]:
        raise RequestError(f"{text[:80]!r} is no host name", hint="for example blog.example.org")
    return hosts[0]


ROUTES = [
    Route("/api/proxy/routes", routes, methods=["GET"]),
    Route("/api/proxy/explain/{host}", explained, methods=["GET"]),
]
