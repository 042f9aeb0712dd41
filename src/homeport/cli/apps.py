"""`homeport app`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from homeport.cli import show
from homeport.cli.client import connect
from homeport.errors import RequestError


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
        raise RequestError(f"{text[:40]!r} is neither true nor false", hint="public=true")
    return text.lower() in ("true", "yes", "1")


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _secret(text: str) -> str:
    """A token is not for the command line, which everybody on the machine can read."""
    if text not in ("", "-"):
        raise RequestError("a token is read from standard input", hint="remote-token=-")
    if not text:
        return ""
    if sys.stdin.isatty():
        return str(click.prompt("Token", hide_input=True, err=True))
    return sys.stdin.readline().strip()


_SETTINGS: dict[str, Callable[[str], object]] = {
    "branch": str,
    "host": str,
    "public": _yes_or_no,
    "protected": _list,
    "builds": str,
    "remote": str,
    "remote-token": _secret,
    "forge": str,
}


@click.group()
def app() -> None:
    """Create, show, change and remove apps."""


@app.command()
@click.argument("name")
@click.option("--branch", default="", help="The branch that goes live; else main or master.")
@click.option("--host", default="", help="Where it is routed without a compose file.")
@show.json_option
def create(name: str, branch: str, host: str, as_json: bool) -> None:
    """Create app NAME, and print the remote to push to."""
    body = {"name": name, "branch": branch, "host": host}
    found = connect().post("/api/apps", body)
    if as_json:
        show.data(found)
        return
    click.echo(f"app {name} is there. In its repository (the token is shown this once):\n")
    click.echo(f"  git remote add homeport {found['remote']}")
    click.echo("  git push homeport " + (branch or "main"))
    if found["elsewhere"]:
        click.echo(f"\nFrom other machines: {found['elsewhere']}, with the token as password.")


@app.command("list")
@show.json_option
def list_apps(as_json: bool) -> None:
    """List the apps."""
    found = connect().get("/api/apps")
    if as_json:
        show.data(found)
        return
    rows = [(a["name"], a["current_release"] or "-", show.age(a["created_at"])) for a in found]
    nothing = "there are no apps yet: homeport app create NAME"
    show.table(("APP", "RELEASE", "CREATED"), rows, nothing=nothing)


@app.command("show")
@click.argument("name")
@show.json_option
def show_app(name: str, as_json: bool) -> None:
    """Show app NAME, and what runs of it."""
    found = connect().get(f"/api/apps/{name}")
    if as_json:
        show.data(found)
        return
    live = found["current_release"]
    click.echo(f"app {found['name']}: {f'release {live}' if live else 'nothing yet'} is live")
    click.echo(f"push to {found['url']}; {found['deploys']} goes live")
    click.echo(f"it follows {found['remote']}\n" if found["remote"] else "")
    rows = [
        (c["service"], c["name"], c["state"], c["health"], c["image"]) for c in found["containers"]
    ]
    head = ("SERVICE", "CONTAINER", "STATE", "HEALTH", "IMAGE")
    show.table(head, rows, nothing="nothing runs of it")


@app.command("set")
@click.argument("name")
@click.argument("settings", nargs=-1, required=True, metavar="KEY=VALUE...")
def set_app(name: str, settings: tuple[str, ...]) -> None:
    """Change app NAME: branch=, host=, public=true, protected=v*,stable, builds=, remote=URL."""
    changes: dict[str, object] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or key not in _SETTINGS:
            raise RequestError(f"{key!r} is no setting of an app", hint=", ".join(_SETTINGS))
        changes[key.replace("-", "_")] = _SETTINGS[key](value)
    connect().call("PATCH", f"/api/apps/{name}", changes)
    click.echo(f"app {name}: {', '.join(changes)} changed", err=True)


@app.command()
@click.argument("name")
@click.option("--show", "show_secret", is_flag=True, help="Show the secret once more.")
@click.option("--rotate", is_flag=True, help="Make a new secret; the one before is good no more.")
@show.json_option
def hook(name: str, show_secret: bool, rotate: bool, as_json: bool) -> None:
    """Print where a forge sends the webhooks of app NAME, and the secret once it is made."""
    found = connect().post(f"/api/apps/{name}/hook", {"show": show_secret, "rotate": rotate})
    if as_json:
        show.data(found)
        return
    click.echo(f"URL     {found['url']}")
    if not found["elsewhere"]:
        text = "a forge elsewhere cannot reach it: the setting host names one that it can"
        click.echo(text, err=True)
    if not found["secret"]:
        click.echo("the secret was shown when it was made; --show shows it again", err=True)
        return
    click.echo(f"secret  {found['secret']}")
    click.echo(f"\nfor Docker Hub, which signs nothing: {found['docker_hub']}", err=True)


@app.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--volumes", is_flag=True, help="Remove its volumes, and what is in them.")
def rm(name: str, yes: bool, volumes: bool) -> None:
    """Remove app NAME: its containers, its repository, its history."""
    client = connect()
    client.get(f"/api/apps/{name}")
    if not yes:
        if not sys.stdin.isatty():
            raise RequestError("removing an app has to be confirmed", hint="--yes")
        what = f"{name}, with its volumes" if volumes else name
        click.confirm(f"Remove app {what}?", abort=True, err=True)
    client.call("DELETE", f"/api/apps/{name}?volumes={int(volumes)}")
    kept = "" if volumes else "; its volumes are kept: docker volume ls"
    click.echo(f"app {name} is removed{kept}", err=True)
