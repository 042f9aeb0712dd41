"""One zone is brought to what is wanted: observe, plan, apply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from homeport.dns.model import Addresses, Zone
from homeport.dns.plan import Change, Plan, plan
from homeport.dns.providers.base import Provider
from homeport.errors import Unavailable

_SECONDS = 60.0  # for one zone; longer is a provider that hangs


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a zone."""

    hosts: Mapping[str, str]  # routed host -> app
    made: Collection[str]  # hosts that were made before, which may have to go
    alive: Collection[str]  # apps
    addresses: Addresses
    instance: str


async def bring(zone: Zone, provider: Provider, wish: Wish, done: Callable[[Change], None]) -> Plan:
    """Make the zone so; the plan that was carried out. `done` is told of each change.

    Raises:
        ProviderRefused, ProviderLimited, Unavailable, RequestError: as the
            provider says. What was done stays.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            observed = await provider.observe({*wish.hosts, *wish.made})
            found = plan(
                wish.hosts,
                observed,
                addresses=wish.addresses,
                alive=wish.alive,
                instance=wish.instance,
            )
            for change in found.changes:
                await provider.apply(change)
                done(change)
    except TimeoutError as error:
        text = f"{zone.provider} did not bring {zone.name} up to date within {_SECONDS:g} s"
        raise Unavailable(text) from error
    return found
