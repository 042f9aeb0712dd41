"""What every provider can be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from homeport.dns.model import Observed
from homeport.dns.plan import Change


class Provider(Protocol):
    """One zone at one provider.

    Each raises ProviderRefused, ProviderLimited, Unavailable or RequestError. One that can only be
    told addresses (`marks` is False) observes what the zone's name servers answer, and changes
    the hosts that the zone's settings name, and no others.
    """

    marks: bool  # whether a TXT record can say whose a host is
    removes: bool  # whether records can be taken away
    v6: bool  # whether it has AAAA records
    pause: float  # least seconds between two changes of a host

    async def observe(self, hosts: Collection[str]) -> Mapping[str, Observed]:
        """What the authoritative side says of each host."""

    async def apply(self, change: Change) -> None:
        """Make a change. It fails where somebody else was faster, and may be made twice."""

    async def set_txt(self, name: str, value: str) -> None:
        """Add a TXT value; those that are there stay."""

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a TXT value away; the others stay."""
