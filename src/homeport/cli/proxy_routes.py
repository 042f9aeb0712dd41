"""`homeport proxy routes`."""

from __future__ import annotations

import click

from homeport.cli import show
from homeport.cli.client import connect


def list_routes(*, as_json: bool) -> None:
    """Print every host that is served, and by which containers."""
    found = connect().get("/api/proxy/routes")
    if as_json:
        show.data(found)
        return
    rows = [
        (
            route["host"],
            route["path"],
            ", ".join(f"{u['container']} ({u['address']}:{u['port']})" for u in route["upstreams"])
            or "nobody: " + "; ".join(route["why_not"]),
            route["owner"],
        )
        for route in found["routes"]
    ]
    head = ("HOST", "PATH", "ANSWERED BY", "OWNER")
    show.table(head, rows, nothing="nothing is routed: containers ask by VIRTUAL_HOST")
    for refusal in found["refusals"]:
        click.echo(f"refused: {refusal['container']}: {refusal['reason']}")
