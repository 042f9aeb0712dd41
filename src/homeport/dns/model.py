"""The nouns of DNS: sets of records, zones, and what a provider can do. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address

MARK = "_homeport"  # whose a host is stands in a TXT record at _homeport.HOST


class Kind(StrEnum):
    """The records that homeport makes."""

    A = "A"
    AAAA = "AAAA"
    TXT = "TXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the box can be reached. A family without one is not known, and left as it is."""

    v4: str = ""
    v6: str = ""

    @property
    def known(self) -> bool:
        """Whether there is anything to publish."""
        return bool(self.v4 or self.v6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the authoritative side says of a host."""

    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    cname: bool = False
    mark: tuple[str, ...] = ()  # the TXT values at _homeport.HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone of the box's file of zones. `options` may hold secrets: it is never printed."""

    name: str
    provider: str
    ttl: int = 60  # seconds
    options: dict[str, str] = field(default_factory=dict, repr=False)
    hosts: tuple[str, ...] = ()  # whole names, where the provider cannot mark what is whose
    nameservers: tuple[str, ...] = ()  # ADDRESS[:PORT], asked instead of those that the zone names


def relative(name: str, zone: str) -> str:
    """`blog.example.org` in `example.org` is `blog`; the zone itself is `@`."""
    return "@" if name == zone else name.removesuffix(f".{zone}")


def zone_of(name: str, zones: tuple[Zone, ...], *, named: str = "") -> Zone | None:
    """The zone that a name lies in, the longest first, or the one that is named; None for none."""
    fitting = [z for z in zones if name == z.name or name.endswith(f".{z.name}")]
    fitting = [z for z in fitting if named in ("", z.name)]
    return max(fitting, key=lambda zone: len(zone.name), default=None)


def endpoint(text: str) -> tuple[str, int]:
    """`192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53`, `ns.example.org`; port 53 unless said."""
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(port)
    return text.strip("[]"), 53


def is_public(address: str) -> bool:
    """Whether an address can be reached from everywhere: not private, CGNAT, or for documents."""
    try:
        return ip_address(address).is_global and not ip_address(address).is_multicast
    except ValueError:
        return False
