"""From a checkout to what it asks for: its compose file, or its Dockerfile alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from homeport.delivery.blueprint import Blueprint
from homeport.delivery.published import rules_of
from homeport.delivery.workshop import Workshop
from homeport.engine import compose
from homeport.engine.places import located
from homeport.errors import FileFault
from homeport.model.app import App
from homeport.model.stack import Stack


class NothingToBuild(FileFault):
    """A commit has no file that homeport reads."""


async def read(
    shop: Workshop, app: App, worktree: Path, *, warn: Callable[[str], None]
) -> Blueprint:
    """What a commit that is checked out there asks for.

    Raises:
        FileFault: a file says what cannot be, or none says anything.
    """
    blueprint, files = _blueprint(shop, app, worktree), compose.default_files(worktree)
    if not files:
        return _dockerfile_only(blueprint, worktree)
    found = await compose.read(
        files,
        project=app.name,
        directory=worktree,
        environ={"HOMEPORT_APP": app.name, "HOMEPORT_DOMAIN": shop.domain},
        cache=shop.cache,
    )
    for warning in found.warnings:
        warn(warning)
    read = replace(
        blueprint,
        model=dict(found.model),
        hashes=dict(found.hashes),
        files=tuple(str(f) for f in files),
    )
    try:
        _check(read.stack({}, {}))  # before anything is built
        rules_of(read.model, app)
    except FileFault as fault:
        raise located(fault, files) from fault
    return read


def _blueprint(shop: Workshop, app: App, worktree: Path) -> Blueprint:
    return Blueprint(
        app=app.name,
        directory=str(worktree),
        host=app.host or f"{app.name}.{shop.domain}",
        deadline=shop.deadline,
        drain=shop.drain,
    )


def _check(stack: Stack) -> None:
    """Refuse an app that would go live where nobody finds it."""
    for name, service in stack.services.items():
        if service.unroutable:
            file, field = Path(stack.config_files[0]).name, f"services.{name}.environment"
            raise FileFault(service.unroutable, file=file, field=field)


def _dockerfile_only(blueprint: Blueprint, worktree: Path) -> Blueprint:
    if not (worktree / "Dockerfile").is_file():
        raise NothingToBuild(
            "there is neither a Dockerfile nor a compose file at the top of this commit",
            file="Dockerfile",
            hint="add a Dockerfile; homeport builds it, and runs one service from it",
        )
    return blueprint
