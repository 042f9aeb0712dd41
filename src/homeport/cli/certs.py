"""`homeport cert`."""

from __future__ import annotations

import sys
import time
from typing import Any
from urllib.parse import quote

import click

from homeport.cli import show
from homeport.cli.client import connect

_REASONS = ("unspecified", "key-compromise", "superseded", "cessation-of-operation")


@click.group()
def cert() -> None:
    """Certificates: which there are, until when, and what becomes of them."""


@cert.command("list")
@show.json_option
def list_certificates(as_json: bool) -> None:
    """List those that are there and those that are wanted; status 1 where one is in trouble."""
    found = connect().get("/api/certificates")
    if as_json:
        show.data(found)
    else:
        table(found)
    sys.exit(int(any(one["trouble"] for one in found)))


@cert.command()
@click.argument("host")
def renew(host: str) -> None:
    """Renew the certificate of HOST now, whatever failed before."""
    found = connect().post(f"/api/certificates/{quote(host, safe='')}/renew", {})
    names = ", ".join(found["names"])
    click.echo(f"the certificate of {names} is due now: homeport events -f tells", err=True)


@cert.command()
@click.argument("host")
@click.option("--reason", type=click.Choice(_REASONS), default="unspecified", help="Why.")
def revoke(host: str, reason: str) -> None:
    """Revoke the certificate of HOST; another is ordered, and it serves until that is there."""
    body = {"reason": reason}
    found = connect().post(f"/api/certificates/{quote(host, safe='')}/revoke", body)
    click.echo(f"the certificate of {', '.join(found['names'])} is revoked", err=True)


def table(found: list[dict[str, Any]]) -> None:
    """For people."""
    head = ("NAMES", "ISSUER", "GOOD FOR", "NEXT")
    nothing = "none: the setting acme says who gets one"
    show.table(head, map(_row, found), nothing=nothing)


def _row(one: dict[str, Any]) -> tuple[str, str, str, str]:
    left = "-" if one["until"] is None else _left(one["until"] - time.time())
    what = f"{one['next'].lower()}: " if one["next"] else ""
    trouble = f"{one['trouble']}; " if one["trouble"] else ""
    ignored = f"; not carried out: {', '.join(one['ignored'])}" if one["ignored"] else ""
    issuer = one["issuer"].removeprefix("https://").partition("/")[0]
    return ", ".join(one["names"]), issuer, left, f"{trouble}{what}{one['why']}{ignored}"


def _left(seconds: float) -> str:
    if seconds <= 0:
        return "it has expired"
    days = seconds / 86400
    return f"{days:.0f} days" if days >= 2 else f"{seconds / 3600:.0f} hours"
