"""`homeport runs` and `homeport run`."""

from __future__ import annotations

import sys
import time

import click

from homeport.cli import show
from homeport.cli.client import Client, connect

_GOOD = ("live", "passed")


@click.command()
@click.argument("app")
@show.json_option
def runs(app: str, as_json: bool) -> None:
    """List the runs of APP, newest first."""
    found = connect().get(f"/api/apps/{app}/runs")
    if as_json:
        show.data(found)
        return
    rows = [
        (
            r["number"],
            r["state"],
            r["kind"],
            r["commit"][:12],
            show.age(r["queued_at"]),
            r["reason"],
        )
        for r in found
    ]
    head = ("RUN", "STATE", "KIND", "COMMIT", "WHEN", "REASON")
    show.table(head, rows, nothing=f"{app} has no runs yet: git push homeport main")


@click.group()
def run() -> None:
    """Show, follow, cancel and retry a run."""


@run.command("show")
@click.argument("number", type=int)
@show.json_option
def show_run(number: int, as_json: bool) -> None:
    """Show run NUMBER, and its receipt."""
    found = connect().get(f"/api/runs/{number}")
    if as_json:
        show.data(found)
        return
    for key in ("app", "kind", "state", "reason", "hint", "ref", "commit", "by", "release"):
        if found[key]:
            click.echo(f"{key:<14} {found[key]}")
    for key in ("queued_at", "started_at", "finished_at"):
        click.echo(f"{key:<14} {found[key] or '-'}")
    if found["receipt"]:
        from homeport.delivery.receipt import lines_of

        click.echo("\n" + "\n".join(lines_of(found["receipt"], app=found["app"])))


@run.command("logs")
@click.argument("number", type=int)
@click.option("-f", "--follow", is_flag=True, help="Until the run is over.")
def logs(number: int, follow: bool) -> None:
    """Print the log of run NUMBER."""
    print_log(connect(), number, follow=follow)


@run.command("cancel")
@click.argument("number", type=int)
def cancel(number: int) -> None:
    """End run NUMBER; what is live stays live."""
    connect().post(f"/api/runs/{number}/cancel")
    click.echo(f"run {number} is being cancelled", err=True)


@run.command("retry")
@click.argument("number", type=int)
@click.option("--no-wait", is_flag=True, help="Do not follow it.")
def retry(number: int, no_wait: bool) -> None:
    """Try run NUMBER again, from the start."""
    client = connect()
    watch(client, client.post(f"/api/runs/{number}/retry")["run"], no_wait=no_wait)


def watch(client: Client, number: int, *, no_wait: bool) -> None:
    """Follow a run to its end; the exit status says how that was."""
    if no_wait:
        click.echo(number)
        return
    print_log(client, number, follow=True)
    found = client.get(f"/api/runs/{number}")
    while found["state"] in ("queued", "running"):  # its log ended a moment before it did
        time.sleep(0.05)
        found = client.get(f"/api/runs/{number}")
    sys.exit(0 if found["state"] in _GOOD else 1)


def print_log(client: Client, number: int, *, follow: bool) -> None:
    """Copy the log of a run to stdout, as it comes."""
    for part in client.stream(f"/api/runs/{number}/log?follow={int(follow)}"):
        sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
