"""What every provider can be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from homeport.dns.model import Observed
from homeport.dns.plan import Change


class Provider(Protocol):
    """One zone at one provider.

    Each raises ProviderRefused, ProviderLimited, Unavailable or RequestError.
    """

    async def observe(self, hosts: Collection[str]) -> Mapping[str, Observed]:
        """What the authoritative side says of each host."""

    async def apply(self, change: Change) -> None:
        """Make a change. It fails where somebody else was faster, and may be made twice."""

    async def set_txt(self, name: str, value: str) -> None:
        """Add a TXT value; those that are there stay."""

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a TXT value away; the others stay."""
