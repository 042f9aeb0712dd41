"""`homeport builder`."""

from __future__ import annotations

import click

from homeport.cli import show
from homeport.cli.client import connect


@click.group()
def builder() -> None:
    """Machines that build for other processors."""


@builder.command()
@click.argument("name")
@click.argument("host")
def add(name: str, host: str) -> None:
    """Let HOST (ssh://me@pi) build what it runs by itself, in an emulator's place."""
    found = connect().post("/api/builders", {"name": name, "host": host})
    click.echo(f"{name} builds {found['platform']}", err=True)
    for key in found["host_keys"]:
        click.echo(f"its host key is remembered: {key}", err=True)


@builder.command("list")
@show.json_option
def list_builders(as_json: bool) -> None:
    """List the builders."""
    found = connect().get("/api/builders")
    if as_json:
        show.data(found)
        return
    rows = [(b["name"], b["platform"], b["host"]) for b in found]
    show.table(("BUILDER", "PLATFORM", "HOST"), rows, nothing="none: other processors are emulated")


@builder.command()
@click.argument("name")
def rm(name: str) -> None:
    """Forget builder NAME."""
    connect().call("DELETE", f"/api/builders/{name}")
    click.echo(f"builder {name} is forgotten", err=True)
