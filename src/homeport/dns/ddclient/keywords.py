"""What may stand in ddclient.conf: keywords, their kinds, defaults and least values. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

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


_CHECKS: Mapping[Kind, Callable[[str, Keyword], str | None]] = {
    Kind.NUMBER: _number,
    Kind.DELAY: _delay,
    Kind.SOME: _some,
    Kind.BOOL: _bool,
    Kind.FQDN: _fqdn,
    Kind.FQDNP: _fqdn,
    Kind.OFQDN: _optional_fqdn,
    Kind.INTERFACE: _interface,
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

_T, _B, _S, _I, _D = Kind.TEXT, Kind.BOOL, Kind.SOME, Kind.INTERFACE, Kind.DELAY

# Those that a line without a host sets for all, and that the command line has, too.
GLOBALS: Mapping[str, Keyword] = {
    "daemon": Keyword(_D, None, least=MINUTE),
    "foreground": Keyword(_B, "0"),
    "file": Keyword(_S, "/etc/ddclient.conf"),
    "cache": Keyword(_S, "/var/cache/ddclient/ddclient.cache"),
    "pid": Keyword(_S, ""),
    "proxy": Keyword(Kind.FQDNP),
    "protocol": Keyword(Kind.PROTOCOL, "dyndns2"),
    "use": Keyword(Kind.USE, "ip"),
    "usev4": Keyword(Kind.USEV4, "disabled"),
    "usev6": Keyword(Kind.USEV6, "disabled"),
    "ip": Keyword(Kind.IP),
    "ipv4": Keyword(Kind.IPV4),
    "ipv6": Keyword(Kind.IPV6),
    "if": Keyword(_I, "ppp0"),
    "ifv4": Keyword(_I, "default"),
    "ifv6": Keyword(_I, "default"),
    "web": Keyword(_T, "dyndns"),
    "webv4": Keyword(_T, "googledomains"),
    "webv6": Keyword(_T, "googledomains"),
    "fw": Keyword(_T, ""),
    "fwv4": Keyword(_T, ""),
    "fwv6": Keyword(_T, ""),
    "fw-login": Keyword(_S, "", required=True),
    "fw-password": Keyword(_T, "", required=True),
    "cmd": Keyword(_S, ""),
    "cmdv4": Keyword(_S, ""),
    "cmdv6": Keyword(_S, ""),
    **{
        f"{use}-skip": Keyword(_T, "", required=True)
        for use in ("web", "webv4", "webv6", "fw", "fwv4", "fwv6", "cmd")
    },
    "timeout": Keyword(_D, "120", least=120),
    "facility": Keyword(_T, "daemon"),
    "priority": Keyword(_T, "notice"),
    "mail": Keyword(_T, ""),
    "mail-failure": Keyword(_T, ""),
    "max-warn": Keyword(Kind.NUMBER, "1"),
    "exec": Keyword(_B, "1"),
    **{
        switch: Keyword(_B, "0")
        for switch in (
            *("retry", "force", "ssl", "curl", "syslog", "debug", "verbose", "quiet"),
            *("help", "test"),
        )
    },
    "geturl": Keyword(_T, ""),
    "postscript": Keyword(_T, ""),
    "ssl_ca_dir": Keyword(_S),
    "ssl_ca_file": Keyword(_S),
}

# What every host has, unless its protocol says otherwise.
COMMON: Mapping[str, Keyword] = {
    "server": Keyword(Kind.FQDNP, "members.dyndns.org", required=True),
    "login": Keyword(_S, "", required=True),
    "password": Keyword(_T, "", required=True),
    "host": Keyword(_T, "", required=True, cached=True),
    "use": Keyword(Kind.USE, "ip"),
    "if": Keyword(_I, "ppp0"),
    "web": Keyword(_T, "dyndns"),
    "web-skip": Keyword(_T, ""),
    "web-ssl-validate": Keyword(_B, "1"),
    "fw": Keyword(_T, ""),
    "fw-skip": Keyword(_T, ""),
    "fw-login": Keyword(_S, ""),
    "fw-password": Keyword(_T, ""),
    "fw-ssl-validate": Keyword(_B, "1"),
    "cmd": Keyword(_S, ""),
    "cmd-skip": Keyword(_T, ""),
    "ip": Keyword(Kind.IP, cached=True),
    "ipv4": Keyword(Kind.IPV4, cached=True),
    "ipv6": Keyword(Kind.IPV6, cached=True),
    "wtime": Keyword(_D, "0", cached=True, least=30),
    "mtime": Keyword(Kind.NUMBER, "0", cached=True),
    "atime": Keyword(Kind.NUMBER, "0", cached=True),
    "status": Keyword(_T, "", cached=True),
    "status-ipv4": Keyword(_T, "", cached=True),
    "status-ipv6": Keyword(_T, "", cached=True),
    "min-interval": Keyword(_D, "30", least=0),
    "max-interval": Keyword(_D, str(30 * DAY), least=0),
    "min-error-interval": Keyword(_D, "300", least=0),
    "warned-min-interval": Keyword(_T, "0", cached=True),
    "warned-min-error-interval": Keyword(_T, "0", cached=True),
}

# Those of the protocols that came from DynDNS.
MAIL: Mapping[str, Keyword] = {
    "backupmx": Keyword(_B, "0", cached=True),
    "mx": Keyword(Kind.OFQDN, "", cached=True),
    "static": Keyword(_B, "0", cached=True),
    "wildcard": Keyword(_B, "0", cached=True),
}

# Those of single protocols, as a file may say them before it says which protocol.
_SINGLE: Mapping[str, Keyword] = {
    "custom": Keyword(_B),
    "script": Keyword(_T),
    "zone": Keyword(Kind.ZONE),
    "ttl": Keyword(Kind.TTL),
    "tcp": Keyword(_B),
    "dynurl": Keyword(_T),
    "quietreply": Keyword(_B),
    "min_interval": Keyword(Kind.FQDNP),
}

# Those that came with ddclient 4.
NEW: Mapping[str, Keyword] = {
    "on-root-domain": Keyword(_B, "0"),
    "root-domain": Keyword(Kind.OFQDN),
    "apikey": Keyword(_T),
    "secretapikey": Keyword(_T),
    "use-personal-access-token": Keyword(_B, "0"),
    "ssl-validate": Keyword(_B, "1"),
    "path": Keyword(_T),
}


def known(compat: str) -> Mapping[str, Keyword]:
    """What may stand in a file."""
    return {**_SINGLE, **MAIL, **COMMON, **GLOBALS, **(NEW if compat == "4.0" else {})}
