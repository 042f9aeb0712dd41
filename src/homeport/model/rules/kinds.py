"""The values that rules of a route may have: each reader refuses by the name of its key. Pure."""

from __future__ import annotations

import ipaddress
import re

import msgspec

from homeport.model.wish import Refused

_SIZE = re.compile(r"(\d{1,9})(b|k|m|g|)", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_TIME = re.compile(r"(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s?)?")
_RATE = re.compile(r"(\d{1,6})/(s|m)")
_TOKEN = re.compile(r"[A-Za-z0-9!#%&'*+.^_`|~-]{1,64}")  # RFC 9110, 5.6.2, less `$`
_VALUE = re.compile(r"[\x20-\x7e]{0,1000}")
_COOKIE = re.compile(r"[A-Za-z0-9_]{1,40}")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_URL = re.compile(
    r"(https?)://([a-zA-Z0-9_](?:[a-zA-Z0-9_.-]{0,200}[a-zA-Z0-9_])?)(?::(\d{1,5}))?"
    r"(/[A-Za-z0-9/._~!&()*+,=:@%?-]{0,255})?"
)
# What crypt(3) of nginx's C library and nginx itself know; a password as it is would be readable.
_PASSWORD = re.compile(
    r"[A-Za-z0-9._@-]{1,64}:(?:\{(?:SHA|SSHA)\}[A-Za-z0-9+/=]{20,100}"
    r"|\$(?:apr1|1|5|6|2[aby])\$[A-Za-z0-9./$=]{20,120})"
)
_MOST = 50


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one address: `per` second (s) or minute (m), and how many at once."""

    requests: int
    per: str
    burst: int = 0


class ForwardAuth(msgspec.Struct, frozen=True, kw_only=True):
    """Who says whether a request may pass: it answers 2xx, 401 or 403.

    `url` is asked with what the visitor asked for in X-Forwarded-* and X-Original-URL;
    `headers` of its answer go to the application; `sign_in` is where a 401 leads to.
    """

    url: str
    headers: tuple[str, ...] = ()
    sign_in: str = ""


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests this container gets of those for its site: a share, or those with a cookie."""

    weight: int = 0  # of a hundred
    cookie: str = ""


def size(key: str, text: str) -> int:
    """Bytes of `10m`; 0 is any."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise Refused(f"{key} {text[:40]!r} is no size: 10m, 1g; 0 for any")
    return int(found[1]) * _UNITS[found[2].lower()]


def duration(key: str, text: str) -> int:
    """Seconds of `90`, `90s` or `1h30m`; at least one."""
    found = _TIME.fullmatch(text)
    hours, minutes, seconds = (int(n or 0) for n in found.groups()) if found else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if not 0 < total <= 86_400 * 31:
        raise Refused(f"{key} {text[:40]!r} is no time: 90, 1m30s, 2h")
    return total


def yes(key: str, text: str) -> bool:
    """True or false."""
    if text.lower() not in ("true", "false"):
        raise Refused(f"{key} {text[:40]!r} is neither true nor false")
    return text.lower() == "true"


def number(key: str, text: str, lowest: int, highest: int) -> int:
    """A number within bounds."""
    if not (text.isascii() and text.isdigit() and lowest <= int(text[:9]) <= highest):
        raise Refused(f"{key} {text[:40]!r} is no number from {lowest} to {highest}")
    return int(text)


def rate(key: str, text: str, burst: int) -> Rate:
    """`10/s` or `300/m`."""
    found = _RATE.fullmatch(text)
    if not found or not int(found[1]):
        raise Refused(f"{key} {text[:40]!r} is no rate: 10/s, 300/m")
    return Rate(requests=int(found[1]), per=found[2], burst=burst)


def header(key: str, name: str) -> str:
    """The name of a header."""
    if not _TOKEN.fullmatch(name):
        raise Refused(f"{key} {name[:40]!r} is no name of a header")
    return name


def header_value(key: str, text: str) -> str:
    """What a header says: printable ASCII."""
    if not _VALUE.fullmatch(text):
        raise Refused(f"{key} {text[:40]!r} holds what no header can")
    return text


def cookie(key: str, text: str) -> str:
    """The name of a cookie, of those that are a variable of nginx's, too."""
    if not _COOKIE.fullmatch(text):
        raise Refused(f"{key} {text[:40]!r} is no name of a cookie: letters, digits and _")
    return text.lower()


def url(key: str, text: str) -> str:
    """An http or https URL with a name; not of the proxy's own container."""
    found = _URL.fullmatch(text)
    if not found or (found[3] and not 0 < int(found[3]) < 65536):
        raise Refused(f"{key} {text[:80]!r} is no URL: http://auth:9091/verify")
    if found[2].lower() == "localhost" or _is_closed(found[2]):
        raise Refused(f"{key} {text[:80]!r} leads to the proxy itself")
    return text


def listed(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part for item in text.split(",") if (part := item.strip()))


def hosts(key: str, text: str) -> tuple[str, ...]:
    """Plain host names between commas."""
    found = tuple(dict.fromkeys(name.lower() for name in listed(text)))
    for name in found:
        if not _HOST.fullmatch(name) or ".." in name:
            raise Refused(f"{key} {name[:80]!r} is no host name")
    if len(found) > _MOST:
        raise Refused(f"{key} names {len(found)} hosts, {_MOST} are possible")
    return found


def users(key: str, text: str) -> tuple[str, ...]:
    """Lines of htpasswd between commas: `NAME:HASH`."""
    found = listed(text)
    for line in found:
        if not _PASSWORD.fullmatch(line):
            name = line.partition(":")[0][:40]
            raise Refused(f"{key} of {name!r} is no NAME:HASH as `htpasswd -nB {name}` prints it")
    if len(found) > _MOST:
        raise Refused(f"{key} names {len(found)} users, {_MOST} are possible")
    return found


def notice(key: str, text: str) -> str:
    """`true`, or what visitors are told."""
    if text.lower() in ("true", "false", ""):
        return "It is being worked on, and will be back." if text.lower() == "true" else ""
    if len(text) > 500 or not text.isprintable():
        raise Refused(f"{key} is longer than 500 characters, or holds what cannot be printed")
    return text


def _is_closed(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit()  # `127.1` is an address, too
    return address.is_loopback or address.is_unspecified or address.is_link_local
