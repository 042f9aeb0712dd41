"""Names that a certificate can be for. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

# Names below these are the box's own affair (RFC 6761, RFC 8375, ICANN for .internal).
OURS = ("localhost", "home.arpa", "internal")
# Names below these mean nothing on the internet (RFC 6761, RFC 6762, RFC 7686).
_NOBODYS = ("local", "test", "invalid", "example", "onion", "lan", "home", "arpa")
_NAME = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+")
# Authorities that sign for the internet alone. Who runs another knows what it signs.
_PUBLIC = ("letsencrypt.org", "zerossl.com", "pki.goog", "buypass.com", "ssl.com", "actalis.com")


def is_ours(host: str) -> bool:
    """Whether the box's own CA may speak for a name."""
    return _below(host, OURS)


def is_name(host: str) -> bool:
    """Whether a certificate of any CA can be for it: no address, no pattern, not without a dot."""
    name = host.removeprefix("*.")
    if not _NAME.fullmatch(name):
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return True
    return False


def is_public(host: str) -> bool:
    """Whether a name can have a certificate of a public CA: it is not local."""
    return is_name(host) and not _below(host.removeprefix("*."), (*OURS, *_NOBODYS))


def may_sign(directory: str, host: str) -> bool:
    """Whether it makes sense to ask the authority at a directory for a name."""
    server = urlsplit(directory).hostname or ""
    return is_public(host) if _below(server, _PUBLIC) else is_name(host)


def covers(names: Collection[str], host: str) -> bool:
    """Whether a certificate for these names is good for a host."""
    return host in names or f"*.{host.partition('.')[2]}" in names


def _below(host: str, tops: Iterable[str]) -> bool:
    return any(host == top or host.endswith(f".{top}") for top in tops)
