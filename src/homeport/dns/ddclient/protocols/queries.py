"""Providers that are told with one GET. Pure.

Sources: the requests of ddclient 3.10.0; where it is broken, the providers' own pages, as noted.
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
from homeport.dns.ddclient.text import is_ipv6


def namecheap_request(host: Host) -> Request:
    """`login` is the domain, and the host loses it."""
    domain = host.get("login")
    short = re.sub(rf"(.*)\.{re.escape(domain)}(.*)", r"\1\2", host.name, count=1)
    pairs = query(
        ("host", short), ("domain", domain), ("password", host.get("password")), ("ip", host.ip)
    )
    return Request(url=url(host, "/update", pairs))


def namecheap_answer(host: Host, text: str) -> Outcome:
    """XML that counts its errors."""
    if "<errcount>0" in text.lower():
        return good(host)
    said = re.search(r"<Err1>(.*?)</Err1>", text, re.IGNORECASE | re.DOTALL)
    refused = bool(said and "password" in said[1].lower())
    return failed(host, said[1].strip() if said else "no ErrCount of 0", refused=refused)


def duckdns_request(host: Host) -> Request:
    """A token, no login."""
    pairs = query(("domains", host.name), ("token", host.get("password")), ("ip", host.ip))
    return Request(url=url(host, "/update", pairs))


def freemyip_request(host: Host) -> Request:
    """It takes the address that the request comes from."""
    pairs = query(("token", host.get("password")), ("domain", host.name))
    return Request(url=url(host, "/update", pairs))


def dondominio_request(host: Host) -> Request:
    """Everything in the query."""
    pairs = query(
        ("user", host.get("login")),
        ("password", host.get("password")),
        ("host", host.name),
        ("ip", host.ip),
    )
    return Request(url=url(host, "/plain/", pairs))


def ok_answer(host: Host, text: str) -> Outcome:
    """OK in the last line; DuckDNS's KO tells no more than that."""
    line = last_line(text)
    if "OK" in line:
        return good(host)
    return failed(host, f"the provider says '{line[:60]}'", refused=line.strip() == "KO")


_DNSMADEEASY = {
    "error-auth": "the login or the password is wrong, or the address",
    "error-auth-suspend": "the account is suspended",
    "error-auth-voided": "the account is closed",
    "error-record-invalid": "there is no record of this number",
    "error-record-auth": "the record is somebody else's",
}


def dnsmadeeasy_request(host: Host) -> Request:
    """The host is the number of a record. Without `ssl` the password travels in the clear."""
    pairs = query(
        ("username", host.get("login")),
        ("password", host.get("password")),
        ("ip", host.ip),
        ("id", host.name),
    )
    return Request(url=url(host, host.get("script"), pairs, scheme="http"))


def dnsmadeeasy_answer(host: Host, text: str) -> Outcome:
    """A word in the last line."""
    line = last_line(text)
    if "success" in line:
        return good(host)
    said = _DNSMADEEASY.get(line, f"the provider says '{line[:60]}'")
    return failed(host, said, refused=line in _DNSMADEEASY)


def sitelutions_request(host: Host) -> Request:
    """The host is the number of a record."""
    pairs = query(
        ("id", host.name),
        ("user", host.get("login")),
        ("pass", host.get("password")),
        ("ip", host.ip),
    )
    return Request(url=url(host, "/dnsup", pairs))


def changeip_request(host: Host) -> Request:
    """With Basic."""
    return with_login(
        host, url(host, "/nic/update", query(("hostname", host.name), ("ip", host.ip)))
    )


def success_answer(host: Host, text: str) -> Outcome:
    """Success, anywhere."""
    said = last_line(text)[:60]
    return good(host) if "success" in text.lower() else failed(host, f"the provider says '{said}'")


_DNSEXIT = {
    "0": ("good", "Success"),
    "1": ("nochg", "it had this address already"),
    "2": ("badauth", "the password is wrong"),
    "3": ("badauth", "there is no such user"),
    "4": ("nochg", "it had this address already: too many of these count as abuse"),
    "10": ("error", "the host is not named"),
    "11": ("nohost", "there is no such domain"),
    "13": ("error", "the provider does not take what was sent"),
}


def dnsexit_request(host: Host) -> Request:
    """Everything in the query."""
    pairs = query(
        ("login", host.get("login")),
        ("password", host.get("password")),
        ("host", host.name),
        ("myip", host.ip),
    )
    return Request(url=url(host, host.get("script"), pairs))


def dnsexit_answer(host: Host, text: str) -> Outcome:
    """`NUMBER=words`."""
    found = re.search(r"(\d+)=.+", text)
    if not found or found[1] not in _DNSEXIT:
        return failed(host, f"the provider says '{last_line(text)[:60]}'")
    word, told = _DNSEXIT[found[1]]
    if word in ("good", "nochg"):
        return Outcome(host=host.name, status=word, told=f"{word}: {told}", address=host.ip)
    return failed(host, told, status=word, refused=word in ("badauth", "nohost"))


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


def dinahosting(hosts: Sequence[Host], now: int) -> Talk:
    """Source: ddclient 4.0's manual and dinahosting's API; ddclient 3.10 leaves the type out."""
    outcomes = []
    for host in hosts:
        name, _, domain = host.name.partition(".")
        command = f"Domain_Zone_UpdateType{'AAAA' if is_ipv6(host.ip) else 'A'}"
        pairs = [("hostname", name), ("domain", domain), ("command", command), ("ip", host.ip)]
        answer = yield with_login(host, url(host, host.get("script"), query(*pairs)))
        if not answer.ok:
            outcomes.append(heard_nothing_good(host, answer))
        else:
            outcomes.append(success_answer(host, answer.text))
    return outcomes


def keysystems_request(host: Host) -> Request:
    """Source: Key-Systems' "dynamic DNS" page; ddclient 3.10 does not get as far as asking."""
    pairs = query(("hostname", host.name), ("password", host.get("password")), ("ip", host.ip))
    return Request(url=url(host, "/update.php", pairs, scheme="http"))


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
