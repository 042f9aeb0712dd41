"""Providers that are given all values of a record at once; and Yandex. Pure.

Source: the requests of ddclient 3.10.0.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import failed, good, query, unheard, url
from homeport.dns.ddclient.protocols.parts import (
    JSON,
    Found,
    Stopped,
    rows_of,
    whole,
)
from homeport.dns.ddclient.text import is_ipv6


def _short(host: Host) -> str:
    return host.name.removesuffix(f".{host.get('zone')}")


def _kind(host: Host) -> str:
    return "AAAA" if is_ipv6(host.ip) else "A"


def godaddy(hosts: Sequence[Host], now: int) -> Talk:
    """One PUT a host: all values of the record."""
    outcomes = []
    for host in hosts:
        kind, name = _kind(host), _short(host)
        row = {"data": host.ip, "ttl": int(host.get("ttl")), "name": name, "type": kind}
        key = f"sso-key {host.get('login')}:{host.get('password')}"
        answer = yield Request(
            method="PUT",
            url=url(host, f"/{host.get('zone')}/records/{kind}/{name}"),
            headers=[JSON, ("Accept", "application/json"), ("Authorization", key)],
            body=json.dumps([row], separators=(",", ":")),
        )
        outcomes.append(good(host) if answer.ok else _bad(unheard(host, answer)))
    return outcomes


def _bad(outcome: Outcome) -> Outcome:
    """`bad`, where there was an answer, as ddclient writes."""
    heard = outcome.told.startswith("could not") is False
    return Outcome(
        host=outcome.host,
        status="bad" if heard else outcome.status,
        told=outcome.told,
        refused=outcome.refused,
        busy=outcome.busy,
        after=outcome.after,
    )


def gandi(hosts: Sequence[Host], now: int) -> Talk:
    """One PUT a host: all values of the record."""
    outcomes = []
    for host in hosts:
        ttl = {"rrset_ttl": host.get("ttl")} if host.values.get("ttl") is not None else {}
        path = f"/livedns/domains/{host.get('zone')}/records/{_short(host)}/{_kind(host)}"
        answer = yield Request(
            method="PUT",
            url=url(host, host.get("script") + path),
            headers=[JSON, ("Authorization", f"Apikey {host.get('password')}")],
            body=json.dumps({**ttl, "rrset_values": [host.ip]}, separators=(",", ":")),
        )
        outcomes.append(_gandi(host, answer))
    return outcomes


def _gandi(host: Host, answer: Answer) -> Outcome:
    if not answer.ok:
        return _bad(unheard(host, answer))
    try:
        json.loads(answer.text)
    except ValueError:
        return failed(host, "an answer that is no JSON", status="bad")
    return good(host)


def yandex(hosts: Sequence[Host], now: int) -> Talk:
    """The record's number, then the change. `login` is the domain."""
    outcomes = []
    for host in hosts:
        try:
            yield from _yandex(host)
            outcomes.append(good(host))
        except Stopped as stopped:
            outcomes.append(stopped.outcome)
    return outcomes


def _yandex(host: Host) -> Found:
    headers = [("PddToken", host.get("password"))]
    path, domain = "/api2/admin/dns", host.get("login")
    answer = yield Request(url=url(host, f"{path}/list", f"domain={domain}"), headers=headers)
    rows = rows_of(whole(host, answer, "records"))
    mine = (str(row.get("record_id") or "") for row in rows if row.get("fqdn") == host.name)
    record = next(mine, "")
    if not record:
        raise Stopped(failed(host, "there is no record to change", status="noconnect"))
    body = query(("domain", domain), ("record_id", record), ("content", host.ip))
    answer = yield Request(method="POST", url=url(host, f"{path}/edit"), headers=headers, body=body)
    if whole(host, answer, "success") == "error":
        raise Stopped(failed(host, "the provider refuses"))
