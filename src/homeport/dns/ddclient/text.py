"""Addresses in text, as ddclient finds them. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

_OCTET = r"(?:25[0-5]|2[0-4]\d|[01]?\d\d?)"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_FIND_IPV4 = re.compile(rf"(?:\b|_)({_IPV4})(?:\b|_)", re.ASCII)
_IS_IPV4 = re.compile(_IPV4, re.ASCII)
# An IPv6 address never touches one of these, so that a whole run of them is one or is none.
_RUN = re.compile(r"[:.0-9A-Za-z]+")
_TAIL = re.compile(rf"(.*:)({_IPV4})", re.ASCII)


def is_ipv4(text: str | None) -> bool:
    """Four numbers; zeros may lead."""
    return bool(_IS_IPV4.fullmatch(text or ""))


def is_ipv6(text: str | None) -> bool:
    """Groups of one to four digits, compressed or not, the end in IPv4's way or not."""
    text = text or ""
    mapped = _TAIL.fullmatch(text)
    plain = f"{mapped[1]}{without_zeros(mapped[2])}" if mapped else text
    if "%" in plain or ":" not in plain:
        return False
    try:
        IPv6Address(plain)
    except ValueError:
        return False
    return True


def is_ip(text: str | None) -> bool:
    """Of either family."""
    return is_ipv4(text) or is_ipv6(text)


def extract_ipv4(text: str) -> str:
    """The first IPv4 address in a text, without leading zeros; "" where there is none."""
    found = _FIND_IPV4.search(text)
    return without_zeros(found[1]) if found else ""


def extract_ipv6(text: str) -> str:
    """The first IPv6 address in a text, without leading zeros; "" where there is none."""
    return next((without_zeros(run) for run in _RUN.findall(text) if is_ipv6(run)), "")


def without_zeros(address: str) -> str:
    """`010.001.0.1` is `10.1.0.1`."""
    return re.sub(r"\b0+\B", "", address, flags=re.ASCII)


def skipped(text: str, pattern: str) -> str:
    """A text from behind the first match of `web-skip`; all of it where there is no match.

    The pattern is a regular expression without case, and its first blank is any blank.
    """
    if not pattern:
        return text
    found = re.search(pattern.replace(" ", r"\s", 1), text, re.IGNORECASE | re.DOTALL | re.ASCII)
    return text[found.end() :] if found else text
