"""Providers with an API: what is there is looked for, then changed. Pure.

Sources: the requests of ddclient 3.10.0; those of ddclient 4 from the providers' references:
DigitalOcean API v2 "Domain Records", Porkbun API v3.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Generator, Sequence
from typing import Any
from urllib.parse import quote

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import failed, good, query, unheard, url
from homeport.dns.ddclient.text import is_ipv6

_JSON = ("Content-Type", "application/json")
# What a part of a talk comes to: what was read, or why not.
_Found = Generator[Request, Answer, Any]


class _Stopped(Exception):
    """The talk about a host ends here."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def _families(host: Host) -> list[tuple[str, str, str]]:
    pairs = [("4", "A", host.wanted.v4), ("6", "AAAA", host.wanted.v6)]
    return [(family, kind, address) for family, kind, address in pairs if address]


def _whole(host: Host, answer: Answer, key: str, family: str = "") -> Any:
    """A key of a JSON object that counts; an answer without it stops."""
    if not answer.ok:
        raise _Stopped(_of(family, unheard(host, answer)))
    try:
        said = json.loads(answer.text)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not said.get(key):
        raise _Stopped(_of(family, failed(host, f"an answer without '{key}'", status="noconnect")))
    return said[key]


def _of(family: str, outcome: Outcome) -> Outcome:
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


def _one_id(rows: Any, **wanted: str) -> str:
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and all(row.get(k) == v for k, v in wanted.items()):
            return str(row.get("id") or "")
    return ""


def cloudflare(hosts: Sequence[Host], now: int) -> Talk:
    """The zone's id, then for each family the record's, then the change."""
    first, outcomes = hosts[0], list[Outcome]()
    headers = [_JSON, *_cloudflare_login(first)]
    for host in hosts:
        try:
            zone = yield from _cloudflare_zone(host, headers)
        except _Stopped as stopped:
            outcomes.append(stopped.outcome)
            continue
        for family, kind, address in _families(host):
            try:
                yield from _cloudflare_put(host, headers, zone, (family, kind, address))
                outcomes.append(good(host, address=address, family=family))
            except _Stopped as stopped:
                outcomes.append(stopped.outcome)
    return outcomes


def _cloudflare_login(host: Host) -> list[tuple[str, str]]:
    password = host.get("password")
    if host.get("login") == "token":
        return [("Authorization", f"Bearer {password}")]
    return [("X-Auth-Email", host.get("login")), ("X-Auth-Key", password)]


def _cloudflare_zone(host: Host, headers: list[tuple[str, str]]) -> _Found:
    name = host.get("zone")
    answer = yield Request(url=url(host, "/zones/", query(("name", name))), headers=headers)
    zone = _one_id(_whole(host, answer, "result"), name=name)
    if not zone:
        told = f"{host.get('server')} has no zone {name} for these credentials"
        raise _Stopped(failed(host, told, status="noconnect"))
    return zone


def _cloudflare_put(
    host: Host, headers: list[tuple[str, str]], zone: str, wanted: tuple[str, str, str]
) -> _Found:
    family, kind, address = wanted
    path = f"/zones/{zone}/dns_records"
    find = query(("type", kind), ("name", host.name))
    answer = yield Request(url=url(host, path, find), headers=headers)
    record = _one_id(_whole(host, answer, "result", family), name=host.name)
    if not record:
        raise _Stopped(_of(family, failed(host, f"there is no {kind} record to change")))
    body = f'{{"content":"{address}"}}'
    answer = yield Request(
        method="PATCH", url=url(host, f"{path}/{record}"), headers=headers, body=body
    )
    _whole(host, answer, "result", family)


def hetzner(hosts: Sequence[Host], now: int) -> Talk:
    """The zone's id, then for each family the record's, then a change or a new one."""
    outcomes = list[Outcome]()
    headers = [("Auth-API-Token", hosts[0].get("password")), _JSON]
    for host in hosts:
        name = host.get("zone")
        answer = yield Request(url=url(host, "/zones", query(("name", name))), headers=headers)
        try:
            zone = _one_id(_whole(host, answer, "zones"), name=name)
        except _Stopped as stopped:
            outcomes.append(stopped.outcome)
            continue
        if not zone:
            outcomes.append(failed(host, f"there is no zone {name}", status="noconnect"))
            continue
        for wanted in _families(host):
            try:
                yield from _hetzner_put(host, headers, zone, wanted)
                outcomes.append(good(host, address=wanted[2], family=wanted[0]))
            except _Stopped as stopped:
                outcomes.append(stopped.outcome)
    return outcomes


def _hetzner_put(
    host: Host, headers: list[tuple[str, str]], zone: str, wanted: tuple[str, str, str]
) -> _Found:
    family, kind, address = wanted
    name = host.name.removesuffix(f".{host.get('zone')}")
    answer = yield Request(url=url(host, "/records", zone), headers=headers)
    record = _one_id(_whole(host, answer, "records", family), name=name, type=kind)
    body = (
        f'{{"zone_id":"{zone}", "name": "{name}", "value": "{address}", "type": "{kind}",'
        f' "ttl": {host.get("ttl")}}}'
    )
    path = f"/records/{record}" if record else "/records"
    answer = yield Request(
        method="PUT" if record else "POST", url=url(host, path), headers=headers, body=body
    )
    _whole(host, answer, "record", family)


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
            headers=[_JSON, ("Accept", "application/json"), ("Authorization", key)],
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
            headers=[_JSON, ("Authorization", f"Apikey {host.get('password')}")],
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
        except _Stopped as stopped:
            outcomes.append(stopped.outcome)
    return outcomes


def _yandex(host: Host) -> _Found:
    headers = [("PddToken", host.get("password"))]
    path, domain = "/api2/admin/dns", host.get("login")
    answer = yield Request(url=url(host, f"{path}/list", f"domain={domain}"), headers=headers)
    rows = _whole(host, answer, "records")
    record = next((str(r["record_id"]) for r in rows if r.get("fqdn") == host.name), "")
    if not record:
        raise _Stopped(failed(host, "there is no record to change", status="noconnect"))
    body = query(("domain", domain), ("record_id", record), ("content", host.ip))
    answer = yield Request(method="POST", url=url(host, f"{path}/edit"), headers=headers, body=body)
    if _whole(host, answer, "success") == "error":
        raise _Stopped(failed(host, "the provider refuses"))


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
        for family, kind, address in _families(host):
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
    return [_of(family, why) for family, _, _ in _families(host)]


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
        return _of(family, unheard(host, answer))
    changed = rf"Updated.*{re.escape(host.name)}.*to.*{re.escape(address)}"
    if not re.search(changed, answer.text):
        return _of(family, failed(host, "an answer without 'Updated'"))
    return good(host, address=address, family=family)


def digitalocean(hosts: Sequence[Host], now: int) -> Talk:
    """The record's id, then the change, for each family."""
    outcomes = list[Outcome]()
    for host in hosts:
        for wanted in _families(host):
            try:
                yield from _digitalocean(host, wanted)
                outcomes.append(good(host, address=wanted[2], family=wanted[0]))
            except _Stopped as stopped:
                outcomes.append(stopped.outcome)
    return outcomes


def _digitalocean(host: Host, wanted: tuple[str, str, str]) -> _Found:
    family, kind, address = wanted
    headers = [_JSON, ("Authorization", f"Bearer {host.get('password')}")]
    path = f"/v2/domains/{host.get('zone')}/records"
    find = query(("name", quote(host.name)), ("type", kind))
    answer = yield Request(url=url(host, path, find), headers=headers)
    rows = _whole(host, answer, "domain_records", family)
    record = str(rows[0].get("id") or "") if isinstance(rows, list) else ""
    body = json.dumps({"type": kind, "data": address})
    answer = yield Request(
        method="PATCH", url=url(host, f"{path}/{record}"), headers=headers, body=body
    )
    if not answer.ok:
        raise _Stopped(_of(family, unheard(host, answer)))


def porkbun(hosts: Sequence[Host], now: int) -> Talk:
    """What is there, by name and type, then the change, for each family."""
    outcomes = list[Outcome]()
    for host in hosts:
        for wanted in _families(host):
            try:
                yield from _porkbun(host, wanted)
                outcomes.append(good(host, address=wanted[2], family=wanted[0]))
            except _Stopped as stopped:
                outcomes.append(stopped.outcome)
    return outcomes


def _porkbun(host: Host, wanted: tuple[str, str, str]) -> _Found:
    family, kind, address = wanted
    zone, name = _porkbun_names(host)
    keys = {"secretapikey": host.get("secretapikey"), "apikey": host.get("apikey")}
    path = f"{kind}/{name}" if name else kind

    def ask(verb: str, **more: str) -> Request:
        address = url(host, f"/api/json/v3/dns/{verb}ByNameType/{zone}/{path}")
        return Request(
            method="POST", url=address, headers=[_JSON], body=json.dumps({**keys, **more})
        )

    rows = _whole(host, (yield ask("retrieve")), "records", family)
    if isinstance(rows[0], dict) and rows[0].get("content") == address:
        return
    answer = yield ask("edit", content=address, ttl=str(rows[0].get("ttl") or 600))
    if _whole(host, answer, "status", family) != "SUCCESS":
        raise _Stopped(_of(family, failed(host, "the provider refuses")))


def _porkbun_names(host: Host) -> tuple[str, str]:
    if host.on("on-root-domain"):
        return host.name, ""
    zone = host.get("root-domain") or host.name.partition(".")[2]
    return zone, host.name.removesuffix(f".{zone}")
