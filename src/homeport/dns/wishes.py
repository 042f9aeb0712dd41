"""Which zone each routed host's records are made in, and which hosts get none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from homeport.dns.model import Zone, zone_of

OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """A host that is routed. `dns`: off, `PROVIDER:ZONE` (either may be ""), or "" for any."""

    owner: str
    dns: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misplaced:
    """A host whose records cannot be where its app wants them."""

    host: str
    owner: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """By zone: host -> owner."""

    zones: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    misplaced: tuple[Misplaced, ...] = ()


def by_zone(hosted: Mapping[str, Hosted], zones: tuple[Zone, ...]) -> Wishes:
    """Every host that is to have records, in its zone.

    A host that fits no zone of the box, and names none, is left alone: somebody else's business.
    """
    found: dict[str, dict[str, str]] = {zone.name: {} for zone in zones}
    misplaced = []
    for host, one in sorted(hosted.items()):
        if one.dns == OFF:
            continue
        provider, _, name = one.dns.partition(":")
        zone = zone_of(host, zones, named=name)
        if why := _misplaced(host, provider, name, zone):
            misplaced.append(Misplaced(host=host, owner=one.owner, why=why))
        elif zone:
            found[zone.name][host] = one.owner
    return Wishes(zones=found, misplaced=tuple(misplaced))


def _misplaced(host: str, provider: str, name: str, zone: Zone | None) -> str:
    if zone is None and name:
        return f"the box has no zone {name} in which {host} lies"
    if zone is None and provider:
        return f"the box has no zone in which {host} lies"
    if zone and provider and zone.provider != provider:
        return f"zone {zone.name} is at {zone.provider}, and x-homeport.dns says {provider}"
    return ""
