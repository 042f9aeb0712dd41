"""`homeport runs` and `homeport run`."""

from __future__ import annotations

import sys
import time
from urllib.parse import quote, urlencode

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
    for key in ("app", "kind", "state", "reason", "hint", "ref", "commit", "by", "release", "page"):
        if found[key]:
            click.echo(f"{key:<14} {found[key]}")
    for key in ("queued_at", "started_at", "finished_at"):
        click.echo(f"{key:<14} {found[key] or '-'}")
    if found["receipt"]:
        from homeport.delivery.receipt import lines_of

        click.echo("\n" + "\n".join(lines_of(found["receipt"], app=found["app"])))


@run.command("jobs")
@click.argument("number", type=int)
@show.json_option
def jobs(number: int, as_json: bool) -> None:
    """List the jobs of run NUMBER."""
    found = connect().get(f"/api/runs/{number}/jobs")
    if as_json:
        show.data(found)
        return
    rows = [
        (j["number"], j["state"], f"{j['seconds']:.1f} s", j["name"], j["reason"] or j["why"])
        for j in found
    ]
    head = ("JOB", "STATE", "TOOK", "NAME", "WHY")
    show.table(head, rows, nothing=f"run {number} has no jobs: they are made by a .travis.yml")


@run.command("logs")
@click.argument("number", type=int)
@click.option("-f", "--follow", is_flag=True, help="Until the run is over.")
@click.option("--job", default="", help="Of one job: 12.1, or 1.")
@click.option("--offset", default=0, help="From this byte on: a log only ever grows.")
@click.option("--folded", is_flag=True, help="A line for each phase of a job: how long it took.")
@click.option("--json", "as_json", is_flag=True, help="With --folded: data on stdout, as JSON.")
def logs(number: int, follow: bool, job: str, offset: int, folded: bool, as_json: bool) -> None:
    """Print the log of run NUMBER."""
    client = connect()
    if folded:
        _folded(client, number, job, as_json=as_json)
    else:
        print_log(client, number, follow=follow, job=job, offset=offset)


def _folded(client: Client, number: int, job: str, *, as_json: bool) -> None:
    jobs = [job] if job else [j["number"] for j in client.get(f"/api/runs/{number}/jobs")]
    found = [
        {"job": one, **fold}
        for one in jobs
        for fold in client.get(f"/api/runs/{number}/jobs/{quote(one, safe='')}/folds")
    ]
    if as_json:
        show.data(found)
        return
    rows = [(f["job"], f["name"], f["lines"], _took(f["seconds"]), f["start"]) for f in found]
    show.table(("JOB", "PHASE", "LINES", "TOOK", "OFFSET"), rows, nothing="nothing was run")


def _took(seconds: float | None) -> str:
    return "it did not end" if seconds is None else f"{seconds:.2f} s"


@run.command("search")
@click.argument("app")
@click.argument("text")
@show.json_option
def search(app: str, text: str, as_json: bool) -> None:
    """Find TEXT in the logs of the latest runs of APP."""
    found = connect().get(f"/api/apps/{app}/search?{urlencode({'text': text})}")
    if as_json:
        show.data(found)
        return
    for hit in found:
        click.echo(f"{hit['run']}:{hit['line']}:{hit['text']}")
    if not found:
        click.echo(f"no log of {app} has it", err=True)


@run.command("cancel")
@click.argument("number", type=int)
def cancel(number: int) -> None:
    """End run NUMBER; what is live stays live."""
    connect().post(f"/api/runs/{number}/cancel")
    click.echo(f"run {number} is being cancelled", err=True)


@run.command("approve")
@click.argument("number", type=int)
def approve(number: int) -> None:
    """Let run NUMBER of a fork's pull request run: it is given no secrets."""
    connect().post(f"/api/runs/{number}/approve")
    click.echo(f"run {number} is queued", err=True)


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


def print_log(client: Client, number: int, *, follow: bool, job: str = "", offset: int = 0) -> None:
    """Copy the log of a run, or of one of its jobs, to stdout, as it comes."""
    of = f"{number}/jobs/{quote(job, safe='')}" if job else str(number)
    for part in client.stream(f"/api/runs/{of}/log?follow={int(follow)}&offset={offset}"):
        sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
