"""`homeport registry`."""

from __future__ import annotations

import sys
from urllib.parse import quote

import click

from homeport.cli.client import connect


@click.group()
def registry() -> None:
    """Other registries: private images that apps use, or watch; and where jobs push to."""


@registry.command()
@click.argument("registry", default="")
@click.option("-u", "--username", required=True, help="Who logs in.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--app", default="", help="What the jobs of this app push there goes there, too.")
def login(registry: str, username: str, password_stdin: bool, app: str) -> None:
    """Log in to REGISTRY; without one, to Docker Hub. The password is asked for."""
    if password_stdin:
        password = sys.stdin.read().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, err=True)
    body = {"registry": registry, "user": username, "password": password, "app": app}
    connect().post("/api/registries", body)
    where = registry or "Docker Hub"
    click.echo(f"logged in to {where} as {username}{app and f' for {app}'}", err=True)


@registry.command()
@click.argument("registry")
@click.option("--app", default="", help="The login of this app.")
def logout(registry: str, app: str) -> None:
    """Forget the login for REGISTRY; docker.io is Docker Hub."""
    path = f"/api/registries/{quote(registry, safe='/:')}"
    connect().call("DELETE", path + (f"?app={quote(app, safe='')}" if app else ""))
    click.echo(f"the login for {registry} is forgotten", err=True)
