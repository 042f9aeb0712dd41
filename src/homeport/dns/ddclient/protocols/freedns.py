"""FreeDNS: all records of an account, each with the address that changes it. Pure.

Source: the requests of ddclient 3.10.0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Sequence

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import failed, good, query, unheard, url
from homeport.dns.ddclient.protocols.parts import (
    families,
    of_family,
)
from homeport.dns.ddclient.text import is_ipv6


def freedns(hosts: Sequence[Host], now: int) -> Talk:
    """All records of the account, each with the address that changes it."""
    first, outcomes = hosts[0], list[Outcome]()
    proof = hashlib.sha1(  # noqa: S324 - FreeDNS's API asks for it
        f"{first.get('login')}|{first.get('password')}".encode(errors="surrogateescape")
    ).hexdigest()
    pairs = query(("action", "getdyndns"), ("v", "2"), ("sha", proof))
    listed = yield Request(url=url(first, "/api/", pairs))
    rows = [line.split("|") for line in listed.text.split("\n")] if listed.ok else []
    rows = [row for row in rows if len(row) > 2]
    for host in hosts:
        if not rows:
            outcomes += _no_records(host, listed)
            continue
        for family, kind, address in families(host):
            outcomes.append((yield from _freedns(host, rows, (family, kind, address))))
    return outcomes


def _no_records(host: Host, listed: Answer) -> list[Outcome]:
    why = (
        unheard(host, listed)
        if not listed.ok
        else failed(
            host,
            f"there are no records: {listed.text.strip()[:60]}",
            refused="ERROR" in listed.text,
        )
    )
    return [of_family(family, why) for family, _, _ in families(host)]


def _freedns(
    host: Host, rows: list[list[str]], wanted: tuple[str, str, str]
) -> Generator[Request, Answer, Outcome]:
    family, kind, address = wanted
    mine = [r for r in rows if r[0] == host.name and is_ipv6(r[1]) == (family == "6")]
    if not mine:
        told = failed(host, f"there is no {kind} record to change", status="noconnect")
        return Outcome(host=host.name, family=family, status="noconnect", told=told.told)
    if mine[-1][1] == address:
        return good(host, "it had this address already", address=address, family=family)
    answer = yield Request(url=f"{mine[-1][2]}&address={address}")
    if not answer.ok:
        return of_family(family, unheard(host, answer))
    changed = rf"Updated.*{re.escape(host.name)}.*to.*{re.escape(address)}"
    if not re.search(changed, answer.text):
        return of_family(family, failed(host, "an answer without 'Updated'"))
    return good(host, address=address, family=family)
