"""`homeport secret`."""

from __future__ import annotations

import sys
import time
from urllib.parse import quote

import click

from homeport.cli import show
from homeport.cli.client import connect


@click.group()
def secret() -> None:
    """Secrets that jobs are given, and nobody is shown."""


@secret.command("set")
@click.argument("app")
@click.argument("key")
def set_secret(app: str, key: str) -> None:
    """Set variable KEY of APP's jobs; its value is asked for, or read from standard input."""
    value = _value()
    connect().call("PUT", _path(app, key), {"value": value})
    click.echo(f"secret {key} of {app} is set", err=True)


@secret.command()
@click.argument("app")
@click.argument("key")
def encrypt(app: str, key: str) -> None:
    """Print variable KEY for APP's .travis.yml, encrypted; its value comes as for `set`."""
    given = {"value": f"{key}={_value()}"}
    found = connect().post(f"/api/apps/{quote(app, safe='')}/encrypt", given)
    click.echo(f'secure: "{found["secure"]}"')
    click.echo("it belongs below env: in the .travis.yml; only this box can open it", err=True)


def _value() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Value", hide_input=True, err=True))
    return sys.stdin.read().rstrip("\r\n")


@secret.command("list")
@click.argument("app")
@show.json_option
def list_secrets(app: str, as_json: bool) -> None:
    """List the names of APP's secrets."""
    found = connect().get(f"/api/apps/{quote(app, safe='')}/secrets")
    if as_json:
        show.data(found)
        return
    rows = [
        (one["name"], time.strftime("%F %H:%M", time.localtime(one["changed_at"]))) for one in found
    ]
    show.table(("SECRET", "SET"), rows, nothing=f"none: homeport secret set {app} KEY")


@secret.command()
@click.argument("app")
@click.argument("key")
def rm(app: str, key: str) -> None:
    """Forget secret KEY of APP."""
    connect().call("DELETE", _path(app, key))
    click.echo(f"secret {key} of {app} is forgotten", err=True)


def _path(app: str, key: str) -> str:
    return f"/api/apps/{quote(app, safe='')}/secrets/{quote(key, safe='')}"
