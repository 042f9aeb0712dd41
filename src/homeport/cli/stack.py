"""`homeport stack`: docker compose's place, with no app, and no daemon needed."""

from __future__ import annotations

import contextlib
import gc
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homeport.cli.ahead import Begun

if TYPE_CHECKING:
    from homeport.cli.project import Project
    from homeport.cli.reading import Reading


def _project(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which project is meant."""
    file = click.option(
        "-f",
        "--file",
        "files",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Compose file; again for those that are merged over it.",
    )
    name = click.option("-p", "--project-name", "name", help="Project; else the folder's name.")
    return file(name(command))


_as_json = click.option("--json", "as_json", is_flag=True, help="Data on stdout, as JSON.")


@click.group()
def stack() -> None:
    """Plan and apply a compose file: no app and no daemon needed."""


@stack.command()
@_project
@_as_json
def plan(files: tuple[Path, ...], name: str | None, as_json: bool) -> None:
    """Print what `up` would do: each step, what it waits for, and why."""

    async def show(project: Project) -> None:
        found = await project.plan(await project.read())
        text, summary = found.pop("text"), found.pop("summary")
        if as_json:
            click.echo(json.dumps(found))
            return
        for warning in found["warnings"]:
            click.echo(f"warning: {warning}", err=True)
        for line in summary:
            click.echo(line, err=True)
        click.echo(text or "nothing to do: all is as the file wants it")
        click.echo(f"predicted pause: {found['pause']}", err=True)

    _with_project(files, name, show)


@stack.command()
@_project
@click.option("--scale", "scale", multiple=True, metavar="SERVICE=N", help="Replicas.")
@click.option("--no-build", is_flag=True, help="Take images that are built as they are.")
def up(files: tuple[Path, ...], name: str | None, scale: tuple[str, ...], no_build: bool) -> None:
    """Make the project what its file says, without dropping a request."""

    async def move(project: Project) -> None:
        wanted = await project.read(scale=_counts(scale))
        if not no_build:
            await project.build(project.stack(wanted))
        await project.up(wanted)

    _with_project(files, name, move)


@stack.command()
@_project
@click.option("-v", "--volumes", is_flag=True, help="Remove its volumes, and what is in them.")
def down(files: tuple[Path, ...], name: str | None, volumes: bool) -> None:
    """Take the project's containers and networks away."""

    async def take_away(project: Project) -> None:
        await project.down(volumes=volumes)

    _with_project(files, name, take_away, reads=False)


@stack.command()
@_project
@_as_json
def ps(files: tuple[Path, ...], name: str | None, as_json: bool) -> None:
    """List the project's containers."""

    async def show(project: Project) -> None:
        rows = await project.containers()
        if as_json:
            click.echo(json.dumps(rows))
            return
        for row in rows:
            click.echo(f"{row['service']:<16} {row['name']:<32} {row['state']:<10} {row['health']}")

    _with_project(files, name, show, reads=False)


def _with_project(
    files: tuple[Path, ...],
    name: str | None,
    use: Callable[[Project], Coroutine[Any, Any, None]],
    *,
    reads: bool = True,
) -> None:
    found = _reading(files, name)
    if reads:
        found.begin()
    # Imported while Compose reads the file: each takes 0.1 s. What is imported stays, and to look
    # through it for garbage would take some milliseconds more.
    gc.disable()
    import asyncio

    from homeport.cli.project import Project

    gc.enable()

    async def main() -> None:
        async with contextlib.aclosing(await Project.open(found)) as project:
            await use(project)

    asyncio.run(main())


def _reading(files: tuple[Path, ...], name: str | None) -> Reading:
    """What was begun before click was imported, where that was for the same options."""
    from homeport.cli.reading import reading

    begun = click.get_current_context().find_object(Begun)
    if begun and begun.options == (files, name):
        return begun.reading
    return reading(files, name, dict(os.environ))


def _counts(scale: tuple[str, ...]) -> dict[str, int]:
    counts = {}
    for text in scale:
        service, _, number = text.partition("=")
        if not service or not number.isdigit():
            raise click.UsageError(f"--scale {text}: write it as SERVICE=N")
        counts[service] = int(number)
    return counts
