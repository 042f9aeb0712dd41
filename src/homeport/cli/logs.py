"""`homeport logs`."""

from __future__ import annotations

import sys
from urllib.parse import urlencode

import click

from homeport.cli.client import connect


@click.command()
@click.argument("app")
@click.argument("service", default="")
@click.option("-f", "--follow", is_flag=True, help="And what comes.")
@click.option("-n", "--tail", default="100", help="Lines of each container; `all` for all.")
def logs(app: str, service: str, follow: bool, tail: str) -> None:
    """Print what the containers of APP (of SERVICE) print."""
    query = urlencode({"service": service, "follow": int(follow), "tail": tail})
    for part in connect().stream(f"/api/apps/{app}/logs?{query}"):
        sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
