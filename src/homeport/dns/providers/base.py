"""What every provider can be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from homeport.dns.model import Observed
from homeport.dns.plan import Change
from homeport.errors import RequestError, Unavailable


class Refused(RequestError):
    """The provider knows who asks, and says no: nobody asks again until the zones change."""


class Limited(Unavailable):
    """The provider asks for patience: `after` seconds."""

    def __init__(self, message: str, *, after: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.after = after


class Provider(Protocol):
    """One zone at one provider. Raises Refused, Limited, Unavailable or RequestError."""

    async def observe(self, hosts: Collection[str]) -> Mapping[str, Observed]:
        """What the authoritative side says of each host."""

    async def apply(self, change: Change) -> None:
        """Make a change. It fails where somebody else was faster, and may be made twice."""

    async def set_txt(self, name: str, value: str) -> None:
        """Add a TXT value; those that are there stay."""

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a TXT value away; the others stay."""
