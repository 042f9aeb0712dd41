"""`homeport events`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import click

from homeport.cli.client import Client, connect

_OWN = ("id", "at", "event", "line")


@click.command()
@click.option("-f", "--follow", is_flag=True, help="And what comes.")
@click.option("--app", default="", help="Of one app.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
def events(follow: bool, app: str, as_json: bool) -> None:
    """Print what happened."""
    client = connect()
    query = urlencode({"app": app, "follow": int(follow)})
    path = f"/api/events?{query}"
    for event in _followed(client, path) if follow else client.get(path):
        click.echo(json.dumps(event) if as_json else _line(event))


def _followed(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """Server-sent events: what stands behind `data: `."""
    rest = b""
    for part in client.stream(path):
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def _line(event: dict[str, Any]) -> str:
    fields = {k: v for k, v in event.items() if k not in _OWN and v not in ("", 0, [])}
    told = event["line"].strip() or " ".join(f"{key}={value}" for key, value in fields.items())
    return f"{event['at'][:23]}  {event['event']:<18} {told}"
