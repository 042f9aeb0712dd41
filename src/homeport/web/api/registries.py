"""Logins for other registries: kept where `docker login` keeps them, for whoever runs homeport.

One for an app is kept with its secrets: with it the box pushes what the jobs of that app push.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.engine import process
from homeport.engine.logins import HUB
from homeport.engine.scratch import scratch_in
from homeport.errors import Denied, RequestError
from homeport.web import shapes
from homeport.web.context import context_of


async def login(request: Request) -> JSONResponse:
    """POST /api/registries: the registry is asked whether it is right, and it is kept."""
    wanted = await shapes.read(request, shapes.Login)
    if not wanted.app:
        await _login(wanted, {})
    else:
        secrets = context_of(request).store.secrets
        context_of(request).store.apps.get(wanted.app)
        with scratch_in(context_of(request).scratch, "login") as folder:
            await _login(wanted, {"DOCKER_CONFIG": str(folder)})
        secrets.set_login(wanted.app, wanted.registry or HUB, wanted.user, wanted.password)
    return JSONResponse({"registry": wanted.registry, "user": wanted.user}, 201)


async def _login(wanted: shapes.Login, env: dict[str, str]) -> None:
    argv = ["docker", "login", "--username", wanted.user, "--password-stdin"]
    argv += [_checked(wanted.registry)] if wanted.registry else []
    done = await process.run(argv, stdin=wanted.password.encode(), seconds=60, env=env)
    if done.status:
        raise Denied(f"{wanted.registry or 'Docker Hub'} refuses the login: {done.complaint}")


async def logout(request: Request) -> JSONResponse:
    """DELETE /api/registries/REGISTRY; `app=`: the login of that app."""
    name = _checked(request.path_params["registry"])
    if app := request.query_params.get("app"):
        context_of(request).store.secrets.forget_login(app, name)
        return JSONResponse({"forgotten": name})
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
