"""Zones at providers that cannot mark what is whose: the settings name their hosts. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from homeport.dns.model import Observed, Zone
from homeport.dns.plan import Foreign, mark_of

_HINT = "is not among the hosts that the zone's settings name: {provider} cannot mark what is whose"


def marked(
    zone: Zone,
    observed: Mapping[str, Observed],
    wanted: Mapping[str, str],
    made: Mapping[str, str],
    instance: str,
) -> tuple[dict[str, Observed], tuple[Foreign, ...]]:
    """What was observed, with the marks that the provider cannot keep; and what is left alone.

    Args:
        zone: its `hosts` are homeport's to change, whatever is there.
        observed: what its name servers say.
        wanted: routed host -> owner.
        made: host -> the owner for whom it was made before.
        instance: as in `plan`.
    """
    found, foreign = {}, []
    for host, one in observed.items():
        if host not in zone.hosts:
            if host in wanted:
                why = _HINT.format(provider=zone.provider)
                foreign.append(Foreign(host=host, owner=wanted[host], why=why))
            continue
        owner = made.get(host, "") or (wanted.get(host, "") if one.a or one.aaaa else "")
        mark = (mark_of(owner, instance),) if owner else ()
        found[host] = Observed(a=one.a, aaaa=one.aaaa, mark=mark)
    return found, tuple(foreign)
