"""Certificates: which there are, and what becomes of them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.web import shapes
from homeport.web.context import context_of


async def list_certificates(request: Request) -> JSONResponse:
    """GET /api/certificates: those that are there, and those that are wanted."""
    return JSONResponse(context_of(request).certificates.listed())


async def renew(request: Request) -> JSONResponse:
    """POST /api/certificates/{host}/renew: now, whatever failed before."""
    names = context_of(request).certificates.renew(request.path_params["host"].lower())
    return JSONResponse({"names": names}, 202)


async def revoke(request: Request) -> JSONResponse:
    """POST /api/certificates/{host}/revoke: it serves until another is there."""
    wanted = await shapes.read(request, shapes.Revocation)
    host = request.path_params["host"].lower()
    names = await context_of(request).certificates.revoke(host, wanted.code)
    return JSONResponse({"names": names})


ROUTES = [
    Route("/api/certificates", list_certificates, methods=["GET"]),
    Route("/api/certificates/{host}/renew", renew, methods=["POST"]),
    Route("/api/certificates/{host}/revoke", revoke, methods=["POST"]),
]
