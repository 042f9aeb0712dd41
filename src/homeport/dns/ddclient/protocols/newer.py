"""Protocols that came after ddclient 3.10. Pure.

Sources: the requests of ddclient 3.11.2, DigitalOcean's API v2 and Porkbun's API v3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from urllib.parse import quote

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import (
    failed,
    for_families,
    good,
    query,
    unheard,
    url,
    with_login,
)
from homeport.dns.ddclient.protocols.parts import (
    JSON,
    Found,
    Stopped,
    families,
    of_family,
    rows_of,
    whole,
)
from homeport.dns.ddclient.text import is_ipv6


def digitalocean(hosts: Sequence[Host], now: int) -> Talk:
    """The record's id, then the change, for each family."""
    outcomes = list[Outcome]()
    for host in hosts:
        for wanted in families(host):
            try:
                yield from _digitalocean(host, wanted)
                outcomes.append(good(host, address=wanted[2], family=wanted[0]))
            except Stopped as stopped:
                outcomes.append(stopped.outcome)
    return outcomes


def _digitalocean(host: Host, wanted: tuple[str, str, str]) -> Found:
    family, kind, address = wanted
    headers = [JSON, ("Authorization", f"Bearer {host.get('password')}")]
    path = f"/v2/domains/{host.get('zone')}/records"
    find = query(("name", quote(host.name)), ("type", kind))
    answer = yield Request(url=url(host, path, find), headers=headers)
    rows = rows_of(whole(host, answer, "domain_records", family))
    if not rows or not rows[0].get("id"):
        raise Stopped(of_family(family, failed(host, f"there is no {kind} record to change")))
    record = str(rows[0]["id"])
    body = json.dumps({"type": kind, "data": address}, separators=(",", ":"))
    answer = yield Request(
        method="PATCH", url=url(host, f"{path}/{record}"), headers=headers, body=body
    )
    if not answer.ok:
        raise Stopped(of_family(family, unheard(host, answer)))


def porkbun(hosts: Sequence[Host], now: int) -> Talk:
    """What is there, by name and type, then the change, for each family."""
    outcomes = list[Outcome]()
    for host in hosts:
        for wanted in families(host):
            try:
                yield from _porkbun(host, wanted)
                outcomes.append(good(host, address=wanted[2], family=wanted[0]))
            except Stopped as stopped:
                outcomes.append(stopped.outcome)
    return outcomes


def _porkbun(host: Host, wanted: tuple[str, str, str]) -> Found:
    family, kind, address = wanted
    zone, name = _porkbun_names(host)
    keys = {"secretapikey": host.get("secretapikey"), "apikey": host.get("apikey")}
    path = f"{kind}/{name}" if name else kind

    def ask(verb: str, **more: str) -> Request:
        address = url(host, f"/api/json/v3/dns/{verb}ByNameType/{zone}/{path}")
        return Request(
            method="POST", url=address, headers=[JSON], body=json.dumps({**keys, **more})
        )

    rows = rows_of(whole(host, (yield ask("retrieve")), "records", family))
    if not rows:
        raise Stopped(of_family(family, failed(host, f"there is no {kind} record to change")))
    if rows[0].get("content") == address:
        return
    answer = yield ask("edit", content=address, ttl=str(rows[0].get("ttl") or 600))
    if whole(host, answer, "status", family) != "SUCCESS":
        raise Stopped(of_family(family, failed(host, "the provider refuses")))


def _porkbun_names(host: Host) -> tuple[str, str]:
    if host.on("on-root-domain"):
        return host.name, ""
    zone = host.get("root-domain") or host.name.partition(".")[2]
    return zone, host.name.removesuffix(f".{zone}")


def enom_request(host: Host) -> Request:
    """`login` is the zone."""
    pairs = query(
        ("Command", "SetDNSHost"),
        ("HostName", host.name),
        ("Zone", host.get("login")),
        ("DomainPassword", host.get("password")),
        ("Address", host.ip),
    )
    return Request(url=url(host, "/interface.asp", pairs))


def enom_answer(host: Host, text: str) -> Outcome:
    """`Done=true`, anywhere."""
    return good(host) if "done=true" in text.lower() else failed(host, "no Done=true")


def domeneshop_request(host: Host) -> Request:
    """dyndns2 without a word: 204 is success."""
    pairs = query(("hostname", host.name), ("myip", host.ip))
    return with_login(host, url(host, "/v0/dyndns/update", pairs))


def regfishde_request(host: Host) -> Request:
    """A token, no login."""
    family = "ipv6" if is_ipv6(host.ip) else "ipv4"
    pairs = query(
        ("fqdn", host.name),
        (family, host.ip),
        ("forcehost", "1"),
        ("token", host.get("password")),
    )
    return Request(url=url(host, "/", pairs))


def any_answer(host: Host, text: str) -> Outcome:
    """The status says it all."""
    return good(host)


def dnsexit2(hosts: Sequence[Host], now: int) -> Talk:
    """Both families in one request, each host alone."""
    outcomes: list[Outcome] = []
    for host in hosts:
        ttl = int(host.get("ttl") or 5)
        rows = [
            {"name": host.name, "type": kind, "content": address, "ttl": ttl}
            for _, kind, address in families(host)
        ]
        said = {"apikey": host.get("password"), "domain": host.get("zone") or host.name}
        answer = yield Request(
            method="POST",
            url=url(host, host.get("path")),
            headers=[JSON, ("Accept", "application/json")],
            body=json.dumps({**said, "update": rows}, separators=(",", ":")),
        )
        outcomes += for_families(host, _dnsexit2(host, answer))
    return outcomes


def _dnsexit2(host: Host, answer: Answer) -> Outcome:
    """A code: 0 is success, 2 is a key that is not known."""
    if not answer.ok:
        return unheard(host, answer)
    found = re.search(r'"code"\s*:\s*(\d+)', answer.text)
    if found and found[1] == "0":
        return good(host)
    code = found[1] if found else "none"
    return failed(host, f"the provider answers with code {code}", refused=code == "2")
