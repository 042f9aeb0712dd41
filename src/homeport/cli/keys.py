"""`homeport key`."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

import click

from homeport.cli import show
from homeport.cli.client import connect
from homeport.errors import NotFound


@click.group()
def key() -> None:
    """Keys: who may push and fetch over SSH."""


@key.command()
@click.argument("name")
@click.argument("file", default="-")
@click.option("--app", "apps", multiple=True, help="Only this app; again for more. Else all.")
@show.json_option
def add(name: str, file: str, apps: tuple[str, ...], as_json: bool) -> None:
    """Let the public key in FILE (- or nothing: standard input) push and fetch."""
    found = connect().post("/api/keys", {"name": name, "key": _read(file), "apps": list(apps)})
    if as_json:
        show.data(found)
        return
    click.echo(f"{name} {found['fingerprint']}")
    if found["listen"]:
        port = found["listen"].rpartition(":")[2]
        click.echo(f"git push ssh://git@BOX:{port}/{(apps or ('APP',))[0]}.git main", err=True)
    else:
        click.echo("git over SSH is off: the setting ssh", err=True)


def _read(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    path = Path(file).expanduser()
    if not path.is_file():
        raise NotFound(f"{file} is not there", hint="ssh-keygen -t ed25519 makes a key")
    return path.read_text(errors="replace")


@key.command("list")
@show.json_option
def list_keys(as_json: bool) -> None:
    """List the keys, and the fingerprint by which clients know this box."""
    found = connect().get("/api/keys")
    if as_json:
        show.data(found)
        return
    rows = [
        (
            k["name"],
            ", ".join(k["apps"]) or "every app",
            k["fingerprint"],
            show.age(k["created_at"]),
            show.age(k["used_at"]),
        )
        for k in found["keys"]
    ]
    head = ("KEY", "MAY PUSH TO", "FINGERPRINT", "CREATED", "USED")
    show.table(head, rows, nothing="there are no keys yet: homeport key add NAME FILE")
    if found["host_key"]:
        click.echo(f"this box: {found['host_key']} at {found['listen'] or 'no port'}", err=True)


@key.command()
@click.argument("name")
def rm(name: str) -> None:
    """Forget a key: nobody can push with it any more."""
    connect().call("DELETE", f"/api/keys/{quote(name, safe='')}")
    click.echo(f"key {name} is forgotten", err=True)
