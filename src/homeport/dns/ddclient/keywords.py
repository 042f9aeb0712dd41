"""What a keyword of ddclient.conf is: its kind, default and least value. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address

from homeport.dns.ddclient.text import is_ip, is_ipv4, is_ipv6

MINUTE, HOUR, DAY = 60, 3600, 86400
_UNITS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY}
_DELAY = re.compile(r"(\d+)(s|m|h|d)?", re.ASCII | re.IGNORECASE)
_YES = re.compile(r"y|yes|t|true|1", re.IGNORECASE)
_NO = re.compile(r"n|no|f|false|0", re.IGNORECASE)


class Kind(StrEnum):
    """What a value is, in ddclient's words."""

    TEXT = "string"
    NUMBER = "number"
    DELAY = "time delay (ie. 1d, 1hour, 1m)"
    SOME = "text that is not empty"
    BOOL = "boolean value"
    FQDN = "fully qualified host name"
    OFQDN = "optional fully qualified host name"
    FQDNP = "fully qualified host name and optional port number"
    INTERFACE = "interface"
    IP = "ip"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    TTL = "number or time delay"  # a number with one protocol, a delay with another
    ZONE = "zone"  # a name with dots with one protocol, any text with another
    PROTOCOL = "protocol"
    USE = "ip strategy"
    USEV4 = "ipv4 strategy"
    USEV6 = "ipv6 strategy"
    SUFFIX = "end of an IPv6 address, as ::5"
    ROUTER = "way to ask a router: auto, pcp or upnp"


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword. `least` is the least number or delay."""

    kind: Kind
    default: str | None = None
    required: bool = False
    cached: bool = False
    least: int | None = None


def interval(text: str) -> str | None:
    """`300`, `5m`, `1hour`, `2d` in seconds; None where it is no delay."""
    found = _DELAY.match(text)
    if not found or (not found[2] and found.end() != len(text)):
        return None
    return str(int(found[1]) * _UNITS[found[2].lower()]) if found[2] else text


def checked(value: str | None, keyword: Keyword) -> str | None:
    """A value as it counts; None where it cannot be."""
    if value is None:
        return None
    return _CHECKS.get(keyword.kind, _as_it_is)(value, keyword)


def _as_it_is(value: str, keyword: Keyword) -> str | None:
    return value


def _some(value: str, keyword: Keyword) -> str | None:
    return value or None


def _delay(value: str, keyword: Keyword) -> str | None:
    return _at_least(interval(value), keyword)


def _number(value: str, keyword: Keyword) -> str | None:
    return _at_least(value if re.fullmatch(r"\d+", value, re.ASCII) else None, keyword)


def _at_least(value: str | None, keyword: Keyword) -> str | None:
    if value is None or keyword.least is None or int(value) >= keyword.least:
        return value
    return str(keyword.least)


def _bool(value: str, keyword: Keyword) -> str | None:
    return "1" if _YES.fullmatch(value) else "0" if _NO.fullmatch(value) else None


def _fqdn(value: str, keyword: Keyword) -> str | None:
    return value.lower() if re.search(r"[^.]\.[^.]", value) else None


def _optional_fqdn(value: str, keyword: Keyword) -> str | None:
    return _fqdn(value, keyword) if value else value


def _interface(value: str, keyword: Keyword) -> str | None:
    return value if re.fullmatch(r"[a-zA-Z0-9:._-]+", value) else None


def _ttl(value: str, keyword: Keyword) -> str | None:
    return value if interval(value) is not None else None


def _zone(value: str, keyword: Keyword) -> str | None:
    return _fqdn(value, keyword) or value


def _suffix(value: str, keyword: Keyword) -> str | None:
    """What stands behind a prefix of 64 bits."""
    fits = is_ipv6(value) and int(IPv6Address(value)) < 1 << 64
    return value if fits else None


def _router(value: str, keyword: Keyword) -> str | None:
    return value.lower() if value.lower() in ("auto", "pcp", "upnp") else None


_CHECKS: Mapping[Kind, Callable[[str, Keyword], str | None]] = {
    Kind.NUMBER: _number,
    Kind.DELAY: _delay,
    Kind.SOME: _some,
    Kind.BOOL: _bool,
    Kind.FQDN: _fqdn,
    Kind.FQDNP: _fqdn,
    Kind.OFQDN: _optional_fqdn,
    Kind.INTERFACE: _interface,
    Kind.SUFFIX: _suffix,
    Kind.ROUTER: _router,
    Kind.TTL: _ttl,
    Kind.ZONE: _zone,
    Kind.IP: lambda value, _: value if is_ip(value) else None,
    Kind.IPV4: lambda value, _: value if is_ipv4(value) else None,
    Kind.IPV6: lambda value, _: value if is_ipv6(value) else None,
    Kind.PROTOCOL: lambda value, _: value.lower(),
    Kind.USE: lambda value, _: value.lower(),
    Kind.USEV4: lambda value, _: value.lower(),
    Kind.USEV6: lambda value, _: value.lower(),
}
