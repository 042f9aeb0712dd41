"""Which providers there are, and the options that each must have."""

from __future__ import annotations

from homeport.dns.model import Zone
from homeport.dns.providers.base import Provider

OPTIONS: dict[str, tuple[str, ...]] = {
    "rfc2136": ("server", "key_name", "key"),
}


def provider_of(zone: Zone) -> Provider:
    """The provider of a zone, as read by read_zones. Libraries load when one is needed."""
    from homeport.dns.providers.rfc2136 import Rfc2136

    return Rfc2136(zone)
