"""Providers that can only be told an address: what they are told, and what they answer. Pure.

Sources: Namecheap, "How do I use a browser to dynamically update the host's IP"; Duck DNS, "HTTP
API Specification"; FreeDNS, "API interface, version 2"; easyDNS, "Dynamic DNS". The requests are
those that ddclient sends.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from homeport.dns.model import relative
from homeport.dns.providers.dialects import Request
from homeport.dns.providers.dyndns2 import DynDns2, NoIp, Ovh
from homeport.dns.providers.telling import Setter, Telling
from homeport.errors import HostRefused, ProviderRefused


class Namecheap(Telling):
    """`password`: the one of dynamic DNS, of the domain. IPv4 alone."""

    address = "https://dynamicdns.park-your-domain.com"
    pause = 300.0
    v6 = False

    def tell(self, host: str, addresses: Sequence[str], listed: str) -> Sequence[Request]:
        """The host below its domain."""
        options = self._zone.options
        asked = {
            "host": relative(host, self._zone.name),
            "domain": self._zone.name,
            "password": options["password"],
        }
        return [
            Request(method="GET", path=f"/update?{urlencode({**asked, 'ip': address}, safe='@')}")
            for address in addresses
            if ":" not in address
        ]

    def judge(self, host: str, answer: str) -> None:
        """XML, with a count of errors."""
        if re.search(r"<ErrCount>\s*0\s*</ErrCount>", answer):
            return
        if not (found := re.search(r"<ErrCount>\s*\d+\s*</ErrCount>", answer)):
            raise self._fault("", {})
        said = re.search(r"<Err1>([^<]{1,100})</Err1>", answer)
        code = said[1].strip() if said else found[0]
        of_host = re.search(r"\brecord\b", code, re.IGNORECASE)  # "A record not Found"
        raise (HostRefused if of_host else ProviderRefused)(
            f"{self._zone.provider} refuses {host}: {code}",
            hint="is dynamic DNS switched on for the domain, and is this its password?",
        )


class DuckDns(Telling):
    """`token` of the account. A record can be cleared, and each host has one TXT value."""

    address = "https://www.duckdns.org"
    removes = True
    sets_txt = True

    def tell(self, host: str, addresses: Sequence[str], listed: str) -> Sequence[Request]:
        """Both families at once; none: clear."""
        v4 = next((one for one in addresses if ":" not in one), "")
        v6 = next((one for one in addresses if ":" in one), "")
        asked = {"ip": v4} if v4 else {}
        asked |= {"ipv6": v6} if v6 else {}
        return [self._update(host, asked or {"clear": "true"})]

    def judge(self, host: str, answer: str) -> None:
        """OK, or KO."""
        if answer.strip() != "OK":
            code = answer.strip()
            raise self._fault(code, {}, {"KO": "the token is not that of the host's account"})

    def txt(self, host: str, value: str, *, clear: bool) -> Request:
        """One value of the host and of every name below it."""
        return self._update(host, {"txt": value, **({"clear": "true"} if clear else {})})

    def _update(self, host: str, asked: Mapping[str, str]) -> Request:
        who = {
            "domains": relative(host, self._zone.name).rpartition(".")[2],
            "token": self._zone.options["token"],
        }
        return Request(method="GET", path=f"/update?{urlencode({**who, **asked}, safe=':')}")


class FreeDns(Telling):
    """`login` and `password`; the account's list says where each record is updated."""

    address = "https://freedns.afraid.org"
    pause = 300.0

    def listing(self) -> Request | None:
        """`HOST|ADDRESS|URL`, a line for each record."""
        options = self._zone.options
        proof = f"{options['login']}|{options['password']}".encode()
        asked = {"action": "getdyndns", "v": "2", "sha": hashlib.sha1(proof).hexdigest()}  # noqa: S324 - their API
        return Request(method="GET", path=f"/api/?{urlencode(asked)}")

    def tell(self, host: str, addresses: Sequence[str], listed: str) -> Sequence[Request]:
        """The record of the same family, at its own path on the same server."""
        rows = [row for line in listed.splitlines() if len(row := line.strip().split("|")) == 3]
        if not rows:
            hint = "login and password are those of the account"
            raise ProviderRefused(f"{self._zone.provider} lists no records", hint=hint)
        paths = {(name.lower(), ":" in at): _path(url) for name, at, url in rows}
        wanted = [(address, paths.get((host, ":" in address), "")) for address in addresses]
        if not any(path for _, path in wanted):
            hint = "make it there first: it can only be changed from here"
            raise HostRefused(f"{self._zone.provider} has no record {host}", hint=hint)
        return [
            Request(method="GET", path=f"{path}&{urlencode({'address': address}, safe=':')}")
            for address, path in wanted
            if path
        ]

    def judge(self, host: str, answer: str) -> None:
        """A sentence."""
        if not re.search(r"\bUpdated\b|has not changed", answer):
            raise self._fault("", {})


class EasyDns(Telling):
    """`login` and `password`: a token of the account and its key."""

    address = "https://api.cp.easydns.com"
    pause = 600.0

    def tell(self, host: str, addresses: Sequence[str], listed: str) -> Sequence[Request]:
        """One family in a request."""
        return [
            Request(
                method="GET",
                path="/dyn/generic.php?"
                + urlencode({"hostname": host, "myip": address, "wildcard": "OFF"}, safe=":"),
                headers=self._basic(),
            )
            for address in addresses
        ]

    def judge(self, host: str, answer: str) -> None:
        """A word, perhaps behind others or within HTML."""
        codes = re.findall(r"\b(NOERROR|NOACCESS|NO_?AUTH|ILLEGAL|TOOSOON|NOSERVICE|OK)\b", answer)
        code = codes[0].replace("_", "") if codes else ""
        if code not in ("NOERROR", "OK"):
            refusals = dict.fromkeys(("NOACCESS", "NOAUTH"), "login and password are not taken")
            of_host = {"ILLEGAL": "the host or the address is not taken"}
            raise self._fault(code, refusals, of_host)


def _path(url: str) -> str:
    """Of a URL that the list names: whatever host it names, the list's own server is asked."""
    where = urlsplit(url.strip())
    return f"{where.path}?{where.query}" if where.path and where.query else ""


SETTERS: dict[str, tuple[type[Setter], tuple[str, ...]]] = {
    "duckdns": (DuckDns, ("token",)),
    "dyndns2": (DynDns2, ("server", "login", "password")),
    "easydns": (EasyDns, ("login", "password")),
    "freedns": (FreeDns, ("login", "password")),
    "namecheap": (Namecheap, ("password",)),
    "noip": (NoIp, ("login", "password")),
    "ovh": (Ovh, ("login", "password")),
}
