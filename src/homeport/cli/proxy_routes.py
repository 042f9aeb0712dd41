"""`homeport proxy routes`."""

from __future__ import annotations

from typing import Any

import click

from homeport.cli import show
from homeport.cli.client import connect
from homeport.proxy.dropin.state import ask, is_here


def list_routes(*, as_json: bool) -> None:
    """Print every host that is served, and by which containers."""
    found = ask("routes") if is_here() else connect().get("/api/proxy/routes")
    if as_json:
        show.data(found)
        return
    rows = [
        (r["host"], r["path"], _answered(r), _https(r["https"]), _rules(r), r["owner"])
        for r in found["routes"]
    ]
    head = ("HOST", "PATH", "ANSWERED BY", "HTTPS", "RULES", "OWNER")
    show.table(head, rows, nothing="nothing is routed: containers ask by VIRTUAL_HOST")
    for refusal in found["refusals"]:
        click.echo(f"refused: {refusal['container']}: {refusal['reason']}")


def _answered(route: dict[str, Any]) -> str:
    if route["leads_to"]:
        return f"leads to {route['leads_to']}"
    every = (*route["upstreams"], *route["canaries"])
    answering = (f"{u['container']} ({u['address']}:{u['port']})" for u in every)
    return ", ".join(answering) or "nobody: " + "; ".join(route["why_not"])


def _https(https: dict[str, Any]) -> str:
    if not https["certificate"]:
        return "no"
    return f"{https['certificate']}, http {https['http']}"


def _rules(route: dict[str, Any]) -> str:
    manner = route["manner"]
    said = [manner["proto"]] if manner["proto"] != "http" else []
    said += ["internal"] if manner["internal"] else []
    return ", ".join([*said, *sorted(route["rules"])]) or "-"
