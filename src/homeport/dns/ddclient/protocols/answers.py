"""Providers that are told with one GET, and answer with more than a word. Pure.

Sources: the requests of ddclient 3.10.0; for keysystems the help page
"Dynamic DNS" of domaindiscount24, its reseller.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from homeport.dns.ddclient.grammar import assignments
from homeport.dns.ddclient.model import Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import (
    failed,
    for_families,
    good,
    heard_nothing_good,
    last_line,
    query,
    unheard,
    url,
    with_login,
)
from homeport.dns.ddclient.protocols.queries import ok_answer, success_answer
from homeport.dns.ddclient.text import is_ipv6


def zoneedit1(hosts: Sequence[Host], now: int) -> Talk:
    """All hosts of a zone in one request; an element of the answer for each."""
    first = hosts[0]
    pairs = [("host", ",".join(host.name for host in hosts)), ("dnsto", first.ip)]
    pairs += [("zone", first.get("zone"))] if first.values.get("zone") is not None else []
    answer = yield with_login(first, url(first, "/auth/dynamic.html", query(*pairs)))
    if not answer.ok:
        return [unheard(host, answer) for host in hosts]
    said = re.findall(r"<(SUCCESS|ERROR)\s+([^>]+)>", answer.text)
    elements = [(word, assignments(rest, 0, [])[1]) for word, rest in said]
    outcomes = [
        _zoneedit1(host, word, named)
        for host, (word, named) in zip(hosts, [e for e in elements if e[1]], strict=False)
    ]
    silent = [failed(h, "no word of this host", status="noconnect") for h in hosts[len(outcomes) :]]
    return outcomes + silent


def _zoneedit1(host: Host, word: str, named: dict[str, str]) -> Outcome:
    code = named.get("CODE", "999")
    if word == "SUCCESS" or code == "707":
        return good(host, address=named.get("IP", host.ip))
    return failed(host, f"{code}: {named.get('TEXT', '')}", refused=code in ("701", "708"))


def cloudns(hosts: Sequence[Host], now: int) -> Talk:
    """`dynurl` is the whole address; ours goes where a proxy's would."""
    first = hosts[0]
    answer = yield Request(
        url=f"{first.get('dynurl')}&proxy=1", headers=[("X-Forwarded-For", first.ip)]
    )
    if not answer.ok:
        # ddclient writes `failed`, whatever happened.
        return [heard_nothing_good(host, answer) for host in hosts]
    text = answer.text.removesuffix("\n")
    if text in ("The record's key is wrong!", "Invalid request."):
        return [failed(host, text, refused=True) for host in hosts]
    return [good(host) for host in hosts]


def duckdns_of_4(hosts: Sequence[Host], now: int) -> Talk:
    """As ddclient asks since 3.11: both families in one request."""
    outcomes: list[Outcome] = []
    for host in hosts:
        pairs = [("domains", host.name), ("token", host.get("password"))]
        pairs += [("ip", host.wanted.v4)] if host.wanted.v4 else []
        pairs += [("ipv6", host.wanted.v6)] if host.wanted.v6 else []
        answer = yield Request(url=url(host, "/update", query(*pairs)))
        one = ok_answer(host, answer.text) if answer.ok else unheard(host, answer)
        outcomes += for_families(host, one)
    return outcomes


def dinahosting(hosts: Sequence[Host], now: int) -> Talk:
    """Unverified: ddclient 3.10 sends a command without its type, and 4.0 sends none at all.

    Other programs that use its API send what is sent here; 2200 is what they hear of a password.
    """
    outcomes = []
    for host in hosts:
        name, _, domain = host.name.partition(".")
        command = f"Domain_Zone_UpdateType{'AAAA' if is_ipv6(host.ip) else 'A'}"
        pairs = [("hostname", name), ("domain", domain), ("command", command), ("ip", host.ip)]
        answer = yield with_login(host, url(host, host.get("script"), query(*pairs)))
        if not answer.ok:
            outcomes.append(heard_nothing_good(host, answer))
        else:
            outcomes.append(_dinahosting(host, answer.text))
    return outcomes


def _dinahosting(host: Host, text: str) -> Outcome:
    said = success_answer(host, text)
    if re.search(r"responseCode\W+2200\b", text):
        return failed(host, "2200: the login or the password is wrong", refused=True)
    return said


def keysystems_request(host: Host) -> Request:
    """As ddclient 4.0 asks, over TLS; 3.10 and 3.11 do not get as far as asking."""
    pairs = query(("hostname", host.name), ("password", host.get("password")), ("ip", host.ip))
    return Request(url=url(host, "/update.php", pairs))


def keysystems_answer(host: Host, text: str) -> Outcome:
    """`code = 200`."""
    said = f"the provider says '{last_line(text)[:60]}'"
    return good(host) if "code = 200" in text else failed(host, said)


def p1984_request(host: Host) -> Request:
    """1984.is."""
    pairs = query(("apikey", host.get("password")), ("domain", host.name), ("ip", host.ip))
    return Request(url=url(host, "/1.0/freedns/", pairs))


def p1984_answer(host: Host, text: str) -> Outcome:
    """JSON: `ok`, and a message."""
    said = _object(text)
    if said is None:
        return failed(host, "no JSON", status="noconnect")
    return good(host) if said.get("ok") else failed(host, str(said.get("msg"))[:80])


def njalla_request(host: Host) -> Request:
    """Each family that is known."""
    pairs = [f"h={host.name}", f"k={host.get('password')}"]
    pairs += [f"a={host.wanted.v4}"] if host.wanted.v4 else []
    pairs += [f"aaaa={host.wanted.v6}"] if host.wanted.v6 else []
    pairs += ["quiet"] if host.on("quietreply") else []
    return Request(url=url(host, "/update/", "&".join(pairs)))


def njalla(hosts: Sequence[Host], now: int) -> Talk:
    """Both families in one request, each host alone."""
    outcomes: list[Outcome] = []
    for host in hosts:
        answer = yield njalla_request(host)
        one = _njalla(host, answer.text) if answer.ok else unheard(host, answer)
        outcomes += for_families(host, one)
    return outcomes


def _njalla(host: Host, text: str) -> Outcome:
    """JSON, or with `quietreply` nothing at all but a refusal."""
    if "invalid host or key" in text:
        return failed(host, "invalid host or key", status="noconnect", refused=True)
    said = _object(text)
    fine = bool(said and str(said.get("status")) == "200") or host.on("quietreply")
    return good(host) if fine else failed(host, "unknown answer", status="noconnect")


def _object(text: str) -> dict[str, Any] | None:
    found = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        said = json.loads(found[0]) if found else None
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
