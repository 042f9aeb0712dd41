"""TXT records by credentials that a container brings: of a zone that is none of the box's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from homeport.dns.model import Zone
from homeport.dns.providers.base import Provider
from homeport.events import Event
from homeport.upkeep.confirm import Confirmation

_SERVED = 90.0  # seconds until the name servers answer with a TXT value that was set


class OwnZone:
    """As TxtRecords says; one for each order."""

    def __init__(
        self,
        provider: str,
        options: Mapping[str, str],
        provider_of: Callable[[Zone], Provider],
        apex_of: Callable[[str, str], Awaitable[str]],
    ) -> None:
        """`apex_of`: name, server to ask or "" -> the zone that holds the name."""
        self._provider, self._options = provider, dict(options)
        self._provider_of, self._apex_of = provider_of, apex_of
        self._apex = self._options.pop("zone", "").lower().rstrip(".")

    async def set_txt(self, name: str, value: str) -> None:
        """Add a value, and wait until the zone's name servers have it."""
        zone = await self._zone(name)
        await self._provider_of(zone).set_txt(name, value)
        confirmation = Confirmation(zone, _nothing)
        if await confirmation.finds_servers():
            await confirmation.until(name, ("TXT",), (value,), _SERVED)

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a value away."""
        await self._provider_of(await self._zone(name)).remove_txt(name, value)

    async def _zone(self, name: str) -> Zone:
        """A server that takes updates is the one to ask; otherwise those that the zone names."""
        server = self._options.get("server", "")
        apex = self._apex or await self._apex_of(name, server)
        servers = (server,) if server else ()
        return Zone(name=apex, provider=self._provider, options=self._options, nameservers=servers)


def _nothing(event: Event) -> None:
    """What is set for a moment is told of by the order."""
