"""`homeport registry`."""

from __future__ import annotations

import sys
from urllib.parse import quote

import click

from homeport.cli.client import connect


@click.group()
def registry() -> None:
    """Other registries: private images that apps use, or watch."""


@registry.command()
@click.argument("registry", default="")
@click.option("-u", "--username", required=True, help="Who logs in.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def login(registry: str, username: str, password_stdin: bool) -> None:
    """Log in to REGISTRY; without one, to Docker Hub."""
    if password_stdin:
        password = sys.stdin.read().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, err=True)
    body = {"registry": registry, "user": username, "password": password}
    connect().post("/api/registries", body)
    click.echo(f"logged in to {registry or 'Docker Hub'} as {username}", err=True)


@registry.command()
@click.argument("registry")
def logout(registry: str) -> None:
    """Forget the login for REGISTRY."""
    connect().call("DELETE", f"/api/registries/{quote(registry, safe='/:')}")
    click.echo(f"the login for {registry} is forgotten", err=True)
