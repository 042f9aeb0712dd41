"""What certificates are handed: TXT records, for ACME's DNS-01."""

from __future__ import annotations

from typing import Protocol


class TxtRecords(Protocol):
    """Who sets TXT records. Several values of one name stand beside each other.

    Both may be called twice with the same values. They raise NotFound where no zone of the box
    holds the name, RequestError where its provider cannot do TXT or refuses, Unavailable where
    it does not answer, or its name servers do not within a minute and a half. When `set_txt`
    returns, all of the zone's own name servers that answer have it; where nobody can find out
    which they are, the provider has it.
    """

    async def set_txt(self, name: str, value: str) -> None:
        """Add a value; those that are there stay."""

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a value away; the others stay."""
