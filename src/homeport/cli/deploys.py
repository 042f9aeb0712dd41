"""`homeport deploy`, `rollback`, `releases` and `scale`."""

from __future__ import annotations

import click

from homeport.cli import show
from homeport.cli.client import connect
from homeport.cli.runs import watch
from homeport.errors import RequestError

_no_wait = click.option("--no-wait", is_flag=True, help="Print the run's number, do not follow it.")


@click.command()
@click.argument("app")
@click.option("--ref", default="", help="Branch, tag or commit; else the deploy branch.")
@_no_wait
def deploy(app: str, ref: str, no_wait: bool) -> None:
    """Build and deploy what was pushed to APP, once more."""
    client = connect()
    answer = client.post(f"/api/apps/{app}/deploy", {"ref": ref})
    watch(client, answer["run"], no_wait=no_wait)


@click.command()
@click.argument("app")
@click.option("--to", default=0, help="The release; else the one that was live before.")
@_no_wait
def rollback(app: str, to: int, no_wait: bool) -> None:
    """Make an earlier release of APP live again: no build, no pull."""
    client = connect()
    answer = client.post(f"/api/apps/{app}/rollback", {"to": to})
    watch(client, answer["run"], no_wait=no_wait)


@click.command()
@click.argument("app")
@show.json_option
def releases(app: str, as_json: bool) -> None:
    """List the releases of APP, newest first."""
    found = connect().get(f"/api/apps/{app}/releases")
    if as_json:
        show.data(found)
        return
    rows = [
        (
            r["number"],
            "live" if r["current"] else "",
            r["commit"][:12],
            show.age(r["created_at"]),
            r["message"],
        )
        for r in found
    ]
    head = ("RELEASE", "", "COMMIT", "MADE", "MESSAGE")
    show.table(head, rows, nothing=f"{app} has no releases yet: git push homeport main")


@click.command()
@click.argument("app")
@click.argument("services", nargs=-1, required=True, metavar="SERVICE=N...")
@_no_wait
def scale(app: str, services: tuple[str, ...], no_wait: bool) -> None:
    """Say how many replicas services of APP have."""
    counts = {}
    for text in services:
        name, _, number = text.partition("=")
        if not name or not number.isdigit():
            raise RequestError(f"{text!r} is not understood", hint="write it as SERVICE=N")
        counts[name] = int(number)
    client = connect()
    answer = client.post(f"/api/apps/{app}/scale", {"counts": counts})
    watch(client, answer["run"], no_wait=no_wait)
