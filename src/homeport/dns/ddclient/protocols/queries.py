"""Providers that are told with one GET, and answer with a word. Pure.

Source: the requests of ddclient 3.10.0.
"""

from __future__ import annotations

import re

from homeport.dns.ddclient.model import Host, Outcome, Request
from homeport.dns.ddclient.protocols.base import (
    failed,
    good,
    last_line,
    query,
    url,
    with_login,
)


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
    return Request(url=url(host, host.get("script"), pairs, scheme=""))


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
