"""What the cache remembers of an update. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.dns.ddclient.decide import families_of
from homeport.dns.ddclient.model import Host, Outcome
from homeport.dns.ddclient.settle import Configured, Settled

_KEYS = {"4": ("ipv4", "status-ipv4"), "6": ("ipv6", "status-ipv6")}


def started(now: int) -> dict[str, str | None]:
    """Of a host that is about to be updated, before anything is heard."""
    return {
        "status": "noconnect",
        "status-ipv4": "noconnect",
        "status-ipv6": "noconnect",
        "atime": str(now),
        "wtime": "0",
        "warned-min-interval": "0",
        "warned-min-error-interval": "0",
    }


def remembered(
    settled: Settled, configured: Configured, host: Host, outcomes: Sequence[Outcome], now: int
) -> dict[str, str | None]:
    """Of what came of it."""
    values: dict[str, str | None] = {}
    for outcome in outcomes:
        if outcome.family and configured.protocol.both:
            values |= _of_family(settled, configured, host, outcome)
        else:
            values |= _of_one(settled, configured, host, outcome)
        if outcome.good:
            values["mtime"] = str(now)
        if outcome.until:
            values["wtime"] = str(outcome.until)
    return values


def _of_one(
    settled: Settled, configured: Configured, host: Host, outcome: Outcome
) -> dict[str, str | None]:
    """A protocol of one address. ddclient asks again every five minutes with `usev4=`."""
    values: dict[str, str | None] = {"status": outcome.status}
    if not outcome.good:
        return values
    values["ip"] = outcome.address
    families = families_of(settled, configured)
    for family, use, address in (
        ("4", "usev4", host.wanted.v4),
        ("6", "usev6", host.wanted.v6),
    ):
        if families[use] and address == outcome.address:
            values |= dict(zip(_KEYS[family], (address, "good"), strict=True))
    return values


def _of_family(
    settled: Settled, configured: Configured, host: Host, outcome: Outcome
) -> dict[str, str | None]:
    """A protocol that keeps both apart. ddclient asks again every five minutes with `use=`."""
    key, status = _KEYS[outcome.family]
    values: dict[str, str | None] = {status: outcome.status}
    if outcome.good:
        values[key] = outcome.address
        if families_of(settled, configured)["use"] and outcome.address == host.wanted.ip:
            values |= {"ip": outcome.address, "status": "good"}
    return values
