"""`homeport status`."""

from __future__ import annotations

import time
from typing import Any

import click

from homeport.cli import show
from homeport.cli.certs import table as certificates
from homeport.cli.client import connect


@click.command()
@show.json_option
def status(as_json: bool) -> None:
    """Show the daemon, the Engine, the proxy, the apps and their routes."""
    found = connect().get("/api/status")
    if as_json:
        show.data(found)
        return
    _head(found)
    apps = [(a["name"], a["current_release"] or "not live yet") for a in found["apps"]]
    show.table(("APP", "RELEASE"), apps, nothing="no apps yet: homeport app create NAME")
    if found["routes"]:
        click.echo()
        show.table(("HOST", "PATH", "ANSWERED BY"), map(_route, found["routes"]), nothing="")
    if found["dns"]["zones"]:
        _names(found["dns"])
    if found["certificates"]:
        click.echo()
        certificates(found["certificates"])
    if found["space"]:
        _space(found)
    for refusal in found["refusals"]:
        click.echo(f"refused: {refusal['container']}: {refusal['reason']}")


def _head(found: dict[str, Any]) -> None:
    proxy = found["proxy"]
    answers = "answers" if proxy["answers"] else "does not answer"
    click.echo(
        f"homeport {found['version']}, up {found['uptime']:.0f} s, "
        f"{show.mebibytes(found['memory'])}; "
        f"Engine {found['engine']}; nginx {answers} on port {proxy['http_port']} "
        f"(generation {proxy['generation']})\n"
    )


def _names(dns: dict[str, Any]) -> None:
    """Which names follow which address, and who is asked when."""
    address = ", ".join(filter(None, (dns["v4"], dns["v6"])))
    trouble = f": {dns['trouble']}" if dns["trouble"] else ""
    click.echo(f"\naddress: {address or 'not known yet'}{trouble}")
    if dns["fault"]:
        click.echo(f"{dns['fault']}; what it said before holds")
    show.table(("ZONE", "PROVIDER", "NAMES", "NEXT LOOK"), map(_zone, dns["zones"]), nothing="")
    for zone in dns["zones"]:
        for host in zone["awaited"]:
            click.echo(f"{host}: its name servers do not answer with the new address yet")
    for left in [*dns["misplaced"], *(one for zone in dns["zones"] for one in zone["left"])]:
        click.echo(f"left alone: {left}")


def _zone(zone: dict[str, Any]) -> tuple[str, str, str, str]:
    if zone["next"] is None:
        when = f"not before its settings change: {zone['trouble']}"
    else:
        seconds = max(0.0, zone["next"] - time.time())
        when = f"in {seconds:.0f} s" + (f": {zone['trouble']}" if zone["trouble"] else "")
    return zone["zone"], zone["provider"], ", ".join(zone["hosts"]) or "none", when


def _space(found: dict[str, Any]) -> None:
    """Where the space is."""
    used, budget = found["space"], found["disk_budget"]
    parts = [f"{show.megabytes(used[key])} {key}" for key in ("images", "cache", "registry")]
    of = f" of {budget:g} GB" if budget else ""
    total = show.megabytes(sum(used.values()))
    click.echo(f"\ndisk: {total}{of}: {', '.join(parts)}")


def _route(route: dict[str, Any]) -> tuple[str, str, str]:
    answering = ", ".join(u["container"] for u in route["upstreams"])
    return route["host"], route["path"], answering or f"nobody: {'; '.join(route['why_not'])}"
