"""Logins for other registries: kept where `docker login` keeps them, for whoever runs homeport."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.engine import process
from homeport.errors import Denied, RequestError
from homeport.web import shapes


async def login(request: Request) -> JSONResponse:
    """POST /api/registries: the registry is asked whether it is right, and it is kept."""
    wanted = await shapes.read(request, shapes.Login)
    argv = ["docker", "login", "--username", wanted.user, "--password-stdin"]
    argv += [_checked(wanted.registry)] if wanted.registry else []
    done = await process.run(argv, stdin=wanted.password.encode(), seconds=60)
    if done.status:
        raise Denied(f"{wanted.registry or 'Docker Hub'} refuses the login: {done.complaint}")
    return JSONResponse({"registry": wanted.registry, "user": wanted.user}, 201)


async def logout(request: Request) -> JSONResponse:
    """DELETE /api/registries/REGISTRY."""
    name = _checked(request.path_params["registry"])
    await process.run(["docker", "logout", name])
    return JSONResponse({"forgotten": name})


def _checked(name: str) -> str:
    if not name or name.startswith("-") or not all(c.isalnum() or c in ".-:[]_/" for c in name):
        raise RequestError(f"{name[:60]!r} is no registry", hint="for example ghcr.io")
    return name


ROUTES = [
    Route("/api/registries", login, methods=["POST"]),
    Route("/api/registries/{registry:path}", logout, methods=["DELETE"]),
]
