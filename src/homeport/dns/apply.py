"""One zone is brought to what is wanted: observe, plan, apply."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from homeport.dns.manners import Paced, Sent, paced
from homeport.dns.model import Addresses, Observed, Zone
from homeport.dns.named import marked
from homeport.dns.plan import Change, Foreign, Plan, Verb, plan
from homeport.dns.providers.base import Provider
from homeport.errors import ProviderRefused, RequestError, Unavailable

_SECONDS = 60.0  # for one zone; longer is a provider that hangs


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a zone."""

    hosts: Mapping[str, str]  # routed host -> app
    made: Collection[str]  # hosts that were made before, which may have to go
    alive: Container[str]  # apps
    addresses: Addresses
    instance: str
    wished: Mapping[str, Collection[str]] = field(default_factory=dict)  # app -> hosts asked for
    owners: Mapping[str, str] = field(default_factory=dict)  # of `made`, where nothing is marked
    sent: Mapping[str, Sent] = field(default_factory=dict)  # host -> what its provider was told
    resting: Collection[str] = ()  # hosts that the provider did not take, and is not asked for yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What was done, what was left alone, and the seconds until there is more to do."""

    foreign: tuple[Foreign, ...] = ()
    left: tuple[Change, ...] = ()  # to be taken away, where the provider cannot
    right: tuple[str, ...] = ()  # hosts that were as they should be
    later: float = 0.0


async def bring(
    zone: Zone,
    provider: Provider,
    wish: Wish,
    done: Callable[[Change], None],
    failed: Callable[[Change, RequestError], None],
    soon: Callable[[Sequence[Change]], None] = lambda _: None,
) -> Brought:
    """Make the zone so.

    Args:
        zone: which.
        provider: who is asked.
        wish: what is wanted.
        done: is told of each change after it.
        failed: is told of a change that the provider does not take: it holds up no other.
        soon: is told what is about to be done.

    Raises:
        ProviderRefused, ProviderLimited, Unavailable, RequestError: as the provider says of all
            of the zone. What was done stays.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            observed = await provider.observe({*wish.hosts, *wish.made})
            found = _planned(zone, provider, wish, observed)
            left = tuple(c for c in found.changes if c.verb is Verb.REMOVE and not provider.removes)
            changes = [c for c in found.changes if c not in left and c.host not in wish.resting]
            pace = paced(changes, wish.sent, provider.pause, time.time())
            soon(pace.now)
            await _apply(provider, pace, done, failed)
    except TimeoutError as error:
        text = f"{zone.provider} did not bring {zone.name} up to date within {_SECONDS:g} s"
        raise Unavailable(text) from error
    wrong = {c.host for c in found.changes} | {one.host for one in found.foreign}
    right = tuple(host for host in wish.hosts if host not in wrong)
    return Brought(foreign=found.foreign, left=left, right=right, later=pace.later)


def _planned(zone: Zone, provider: Provider, wish: Wish, observed: Mapping[str, Observed]) -> Plan:
    unnamed: tuple[Foreign, ...] = ()
    if not provider.marks:
        observed, unnamed = marked(zone, observed, wish.hosts, wish.owners, wish.instance)
    found = plan(
        wish.hosts,
        observed,
        addresses=wish.addresses if provider.v6 else replace(wish.addresses, v6=""),
        alive=wish.alive,
        instance=wish.instance,
        wished=wish.wished,
    )
    return Plan(changes=found.changes, foreign=(*found.foreign, *unnamed))


async def _apply(
    provider: Provider,
    pace: Paced,
    done: Callable[[Change], None],
    failed: Callable[[Change, RequestError], None],
) -> None:
    for change in pace.now:
        try:
            await provider.apply(change)
        except ProviderRefused:
            raise
        except RequestError as error:  # of this host alone
            failed(change, error)
        else:
            done(change)
