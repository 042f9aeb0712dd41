"""Apps: create, show, change, remove; deploy, roll back, scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from homeport.build.rules import read_notation
from homeport.errors import Conflict, RequestError
from homeport.events import AppChanged, AppCreated, AppRemoved, TokenCreated
from homeport.model.app import DEPLOY_BRANCHES, App
from homeport.source.names import APP_NAME
from homeport.source.receive import create_repository
from homeport.source.refs import resolve
from homeport.web import shapes
from homeport.web.context import Context, asked_by, context_of
from homeport.web.following import change_remote, check_remote_change


async def list_apps(request: Request) -> JSONResponse:
    """GET /api/apps."""
    return JSONResponse([shapes.app_shape(app) for app in context_of(request).store.apps.list()])


async def create(request: Request) -> JSONResponse:
    """POST /api/apps: the app, its repository, and a token for its remote."""
    context, wanted = context_of(request), await shapes.read(request, shapes.NewApp)
    if not APP_NAME.fullmatch(wanted.name):
        raise RequestError(
            f"{wanted.name[:40]!r} is no name for an app",
            hint="lower-case letters, digits and -, at most 39, for example my-blog",
        )
    await _check_free(context, wanted.name)
    context.store.apps.create(wanted.name)
    context.store.apps.set_branch(wanted.name, wanted.branch)
    context.store.apps.set_host(wanted.name, wanted.host)
    await create_repository(_repository(context, wanted.name), context.hooks)
    context.store.record(AppCreated(app=wanted.name))
    return JSONResponse(_created(context, wanted.name), 201)


async def show(request: Request) -> JSONResponse:
    """GET /api/apps/APP: the app, and what runs of it."""
    context = context_of(request)
    app = _app(request)
    found = await context.docker.containers(labels=(f"com.docker.compose.project={app.name}",))
    containers = [
        {
            "name": c.name,
            "service": c.service,
            "state": c.state,
            "health": str(c.health),
            "phase": str(c.phase),
            "image": c.image,
        }
        for c in sorted(found, key=lambda c: c.name)
    ]
    branch = app.branch or " or ".join(DEPLOY_BRANCHES)
    url = f"{context.git_url}/git/{app.name}.git"
    return JSONResponse(
        {**shapes.app_shape(app), "containers": containers, "deploys": branch, "url": url}
    )


async def change(request: Request) -> JSONResponse:
    """PATCH /api/apps/APP."""
    context, app = context_of(request), _app(request)
    wanted = await shapes.read(request, shapes.AppChange)
    read_notation(wanted.builds or "")
    check_remote_change(wanted)
    apps = context.store.apps
    setters: dict[str, Callable[[str, Any], None]] = {
        "branch": apps.set_branch,
        "host": apps.set_host,
        "public": apps.set_public,
        "protected": apps.set_protected,
        "builds": apps.set_builds,
    }
    for setting, change_it in setters.items():
        value = getattr(wanted, setting)
        if value is not None:
            change_it(app.name, value)
            context.store.record(AppChanged(app=app.name, setting=setting))
    await change_remote(context, app, wanted)
    return JSONResponse(shapes.app_shape(context.store.apps.get(app.name)))


async def remove(request: Request) -> JSONResponse:
    """DELETE /api/apps/APP?volumes=1."""
    context, app = context_of(request), _app(request)
    await context.remove(app, request.query_params.get("volumes") == "1")
    context.store.record(AppRemoved(app=app.name))
    return JSONResponse({"removed": app.name})


async def deploy(request: Request) -> JSONResponse:
    """POST /api/apps/APP/deploy."""
    context, app = context_of(request), _app(request)
    wanted = await shapes.read(request, shapes.Deploy)
    names = [wanted.ref] if wanted.ref else [app.branch] if app.branch else list(DEPLOY_BRANCHES)
    ref, commit = await _first(context, app, names)
    return _run(context.deliveries.deploy(app, ref, commit, asked_by(request)))


async def rollback(request: Request) -> JSONResponse:
    """POST /api/apps/APP/rollback."""
    wanted = await shapes.read(request, shapes.Rollback)
    context, app = context_of(request), _app(request)
    return _run(context.deliveries.rollback(app, wanted.to, asked_by(request)))


async def scale(request: Request) -> JSONResponse:
    """POST /api/apps/APP/scale."""
    wanted = await shapes.read(request, shapes.Scale)
    context, app = context_of(request), _app(request)
    return _run(context.deliveries.scale(app, wanted.counts, asked_by(request)))


async def releases(request: Request) -> JSONResponse:
    """GET /api/apps/APP/releases, newest first."""
    context, app = context_of(request), _app(request)
    found = context.store.releases.of_app(app.name)
    return JSONResponse([shapes.release_shape(r, app.current_release) for r in found])


def _created(context: Context, name: str) -> dict[str, Any]:
    token_name = name
    known = {token.name for token in context.store.tokens.list() if not token.revoked_at}
    number = 2
    while token_name in known:  # an app of that name was here before, or a person took the name
        token_name, number = f"{name}-{number}", number + 1
    token = context.store.tokens.create(token_name)
    context.store.record(TokenCreated(app=name, name=token_name))
    path = f"/git/{name}.git"
    scheme, _, rest = context.git_url.partition("://")
    return {
        "name": name,
        "url": context.git_url + path,
        "remote": f"{scheme}://git:{token}@{rest}{path}",
        "elsewhere": f"{context.elsewhere}{path}" if context.elsewhere else "",
        "token": token,
        "token_name": token_name,
    }


async def _check_free(context: Context, name: str) -> None:
    """A project of that name that homeport did not make is somebody else's."""
    if context.store.apps.find(name):
        return  # `create` says it better
    found = await context.docker.containers(labels=(f"com.docker.compose.project={name}",))
    if found:
        raise Conflict(
            f"there is a compose project {name} already, with {len(found)} containers",
            hint="choose another name, or take that project down: docker compose -p NAME down",
        )


async def _first(context: Context, app: App, names: list[str]) -> tuple[str, str]:
    for name in names[:-1]:
        try:
            return await resolve(_repository(context, app.name), name)
        except RequestError:
            continue
    return await resolve(_repository(context, app.name), names[-1])


def _repository(context: Context, name: str) -> Any:
    return context.repositories / f"{name}.git"


def _app(request: Request) -> App:
    return context_of(request).store.apps.get(request.path_params["app"])


def _run(number: int) -> JSONResponse:
    return JSONResponse({"run": number}, 202)


ROUTES = [
    Route("/api/apps", list_apps, methods=["GET"]),
    Route("/api/apps", create, methods=["POST"]),
    Route("/api/apps/{app}", show, methods=["GET"]),
    Route("/api/apps/{app}", change, methods=["PATCH"]),
    Route("/api/apps/{app}", remove, methods=["DELETE"]),
    Route("/api/apps/{app}/deploy", deploy, methods=["POST"]),
    Route("/api/apps/{app}/rollback", rollback, methods=["POST"]),
    Route("/api/apps/{app}/scale", scale, methods=["POST"]),
    Route("/api/apps/{app}/releases", releases, methods=["GET"]),
]
