"""What every provider has in common that can only be told an address. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Protocol

from homeport.dns.model import Zone
from homeport.dns.providers.dialects import Request
from homeport.errors import HomeportError, HostRefused, ProviderRefused, Unavailable

_NONE: Mapping[str, str] = {}
_BUSY = {"911", "dnserr", "TOOSOON", "NOSERVICE"}


class Setter(Protocol):
    """One provider's way of being told."""

    address: str  # of its server
    pause: float  # least seconds between two updates of a host
    removes: bool  # whether a record can be taken away
    v6: bool  # whether it has AAAA records
    sets_txt: bool  # whether it takes a TXT value, one for each host

    def __init__(self, zone: Zone) -> None:
        """With the zone's credentials."""

    def listing(self) -> Request | None:
        """What has to be asked first; None for nothing."""

    def tell(self, host: str, addresses: Sequence[str], listed: str) -> Sequence[Request]:
        """Requests that give a host these addresses; none take it away."""

    def judge(self, host: str, answer: str) -> None:
        """Return for an answer that says it is done.

        Raises:
            ProviderRefused, HostRefused, Unavailable: as the answer says.
        """

    def txt(self, host: str, value: str, *, clear: bool) -> Request:
        """Set the host's TXT value, or take it away."""


class Telling:
    """What most of them have in common."""

    address = ""
    pause = 60.0
    removes = False
    v6 = True
    sets_txt = False

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def listing(self) -> Request | None:
        """Nothing is asked first."""
        return None

    def txt(self, host: str, value: str, *, clear: bool) -> Request:
        """No TXT."""
        raise NotImplementedError

    def _basic(self) -> Mapping[str, str]:
        options = self._zone.options
        proof = base64.b64encode(f"{options['login']}:{options['password']}".encode()).decode()
        return {"Authorization": f"Basic {proof}"}

    def _fault(
        self, code: str, refusals: Mapping[str, str], of_host: Mapping[str, str] = _NONE
    ) -> HomeportError:
        """An answer that is no success, by what it says; what it says is not repeated.

        Args:
            code: what it says.
            refusals: what is said of the account: nothing is asked of it again.
            of_host: what is said of the one host: others go on.
        """
        who = self._zone.provider
        if code in of_host:
            hint = f"put it right at {who}, or take it out of zones.{self._zone.name}"
            return HostRefused(f"{who} says {code}: {of_host[code]}", hint=hint)
        if code in refusals:
            hint = f"zones.{self._zone.name} in the file of zones; it is not asked again before"
            return ProviderRefused(f"{who} says {code}: {refusals[code]}", hint=hint)
        if code in _BUSY:
            return Unavailable(f"{who} says {code}: it is asked again later")
        return Unavailable(f"{who} answers with something unknown")
