"""What the protocols of APIs have in common: families, JSON, and where a talk ends. Pure."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request
from homeport.dns.ddclient.protocols.base import failed, unheard

JSON = ("Content-Type", "application/json")


# What a part of a talk comes to: what was read, or why not.
Found = Generator[Request, Answer, Any]


class Stopped(Exception):
    """The talk about a host ends here."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def families(host: Host) -> list[tuple[str, str, str]]:
    """Family, kind and address of each that is wanted."""
    pairs = [("4", "A", host.wanted.v4), ("6", "AAAA", host.wanted.v6)]
    return [(family, kind, address) for family, kind, address in pairs if address]


def whole(host: Host, answer: Answer, key: str, family: str = "") -> Any:
    """A key of a JSON object that counts; an answer without it stops."""
    if not answer.ok:
        raise Stopped(of_family(family, unheard(host, answer)))
    try:
        said = json.loads(answer.text)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not said.get(key):
        raise Stopped(
            of_family(family, failed(host, f"an answer without '{key}'", status="noconnect"))
        )
    return said[key]


def of_family(family: str, outcome: Outcome) -> Outcome:
    """The same of one family: ddclient keeps `failed` for it."""
    return Outcome(
        host=outcome.host,
        family=family,
        status="failed" if family else outcome.status,
        told=outcome.told,
        refused=outcome.refused,
        busy=outcome.busy,
        after=outcome.after,
    )


def rows_of(said: Any) -> list[dict[str, Any]]:
    """The rows of a list; what is of another shape is none."""
    return [row for row in said if isinstance(row, dict)] if isinstance(said, list) else []


def one_id(rows: Any, **wanted: str) -> str:
    """The id of the first row with these values; "" where there is none."""
    for row in rows_of(rows):
        if all(row.get(key) == value for key, value in wanted.items()):
            return str(row.get("id") or "")
    return ""
