"""Which providers there are, and the options that each must have."""

from __future__ import annotations

from homeport.dns.model import Zone
from homeport.dns.providers.base import Provider
from homeport.dns.providers.rows import ROWS
from homeport.dns.providers.rrsets import SETS
from homeport.dns.providers.setters import SETTERS

OPTIONS: dict[str, tuple[str, ...]] = {
    "rfc2136": ("server", "key_name", "key"),
    **{name: options for name, (_, options) in {**ROWS, **SETS, **SETTERS}.items()},
}
NAMED = frozenset(SETTERS)  # those that cannot mark what is whose: their zones name their hosts


def provider_of(zone: Zone) -> Provider:
    """The provider of a zone, as read by read_zones. Libraries load when one is needed."""
    dialect = {**ROWS, **SETS}.get(zone.provider)
    if dialect:
        from homeport.dns.providers.api import ApiProvider

        return ApiProvider(zone, dialect[0](zone))
    if zone.provider in SETTERS:
        from homeport.dns.providers.setter import SetterProvider

        return SetterProvider(zone, SETTERS[zone.provider][0](zone))
    from homeport.dns.providers.rfc2136 import Rfc2136

    return Rfc2136(zone)
