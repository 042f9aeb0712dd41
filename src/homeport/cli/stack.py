"""`homeport stack`: docker compose's place, with no app, and no daemon needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeport.cli.ahead import counts

if TYPE_CHECKING:
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
    found = _begun(files, name)
    from homeport.cli import stack_run

    stack_run.plan(found, as_json=as_json)


@stack.command()
@_project
@click.option("--scale", "scale", multiple=True, metavar="SERVICE=N", help="Replicas.")
@click.option("--no-build", is_flag=True, help="Take images that are built as they are.")
def up(files: tuple[Path, ...], name: str | None, scale: tuple[str, ...], no_build: bool) -> None:
    """Make the project what its file says, without dropping a request."""
    try:
        wanted = counts(scale)
    except ValueError as error:
        raise click.UsageError(f"--scale {error}: write it as SERVICE=N") from error
    found = _begun(files, name)
    from homeport.cli import stack_run

    stack_run.up(found, scale=wanted, builds=not no_build)


@stack.command()
@_project
@click.option("-v", "--volumes", is_flag=True, help="Remove its volumes, and what is in them.")
def down(files: tuple[Path, ...], name: str | None, volumes: bool) -> None:
    """Take the project's containers and networks away."""
    from homeport.cli import stack_run

    stack_run.down(_reading(files, name), volumes=volumes)


@stack.command()
@_project
@_as_json
def ps(files: tuple[Path, ...], name: str | None, as_json: bool) -> None:
    """List the project's containers."""
    from homeport.cli import stack_run

    stack_run.ps(_reading(files, name), as_json=as_json)


def _begun(files: tuple[Path, ...], name: str | None) -> Reading:
    """The project, whose files Compose reads while the rest is imported."""
    found = _reading(files, name)
    found.begin()
    return found


def _reading(files: tuple[Path, ...], name: str | None) -> Reading:
    from homeport.cli.reading import reading

    return reading(files, name, dict(os.environ))
