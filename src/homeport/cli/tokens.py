"""`homeport token`."""

from __future__ import annotations

from urllib.parse import quote

import click

from homeport.cli import show
from homeport.cli.client import connect


@click.group()
def token() -> None:
    """Tokens: passwords for git, the API and the registry."""


@token.command()
@click.argument("name")
@click.option(
    "--access",
    multiple=True,
    metavar="IMAGE=LEVEL",
    help="Only for the registry: pull, push or admin of an image; several times.",
)
@show.json_option
def create(name: str, access: tuple[str, ...], as_json: bool) -> None:
    """Create a token; it is shown this once."""
    found = connect().post("/api/tokens", {"name": name, "access": access})
    if as_json:
        show.data(found)
    else:
        click.echo(found["token"])
        click.echo("it is shown this once: keep it like a password", err=True)


@token.command("list")
@show.json_option
def list_tokens(as_json: bool) -> None:
    """List the tokens: their names, never the tokens."""
    found = connect().get("/api/tokens")
    if as_json:
        show.data(found)
        return
    rows = [
        (
            t["name"],
            ", ".join(f"{name}={level}" for name, level in t["access"].items()) or "everything",
            *(show.age(t[key]) for key in ("created_at", "used_at", "revoked_at")),
        )
        for t in found
    ]
    head = ("TOKEN", "MAY", "CREATED", "USED", "REVOKED")
    show.table(head, rows, nothing="there are no tokens yet: homeport token create NAME")


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End a token: nobody can push with it any more."""
    connect().call("DELETE", f"/api/tokens/{quote(name, safe='')}")
    click.echo(f"token {name} is revoked", err=True)
