"""Records: which zones there are, and what the loop that keeps them is handed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from homeport.daemon.supervise import supervised
from homeport.dns import interface, router
from homeport.dns.model import Addresses
from homeport.dns.providers.known import OPTIONS, provider_of
from homeport.dns.zones import ZonesFile, read_zones
from homeport.events import AppRemoved, RouteGone, RouteLive
from homeport.model.route import RouteTable
from homeport.settings import Settings
from homeport.store.ledger import Store
from homeport.upkeep.addresses import AddressSources, AddressWatch
from homeport.upkeep.records import Parts, Records


def records_of(
    settings: Settings, store: Store, table: Callable[[], RouteTable], ready: asyncio.Event
) -> Records:
    """The loop, for the zones of the file that `dns` names.

    Raises:
        FileFault: it names what is not known, or is not there though it was named.
    """
    found = _file(settings)
    return Records(
        Parts(
            zones=found.zones,
            provider=provider_of,
            addresses=found.addresses,
            routed=lambda: _routed(table()),
            alive=lambda: {app.name for app in store.apps.list()} | _owners(table()),
            changes=lambda: _changes(store),
            ready=ready,
            record=store.record,
            memory=settings.state / "dns.json",
            instance=settings.instance,
            every=settings.dns_every,
        )
    )


def tasks(records: Records, settings: Settings, store: Store) -> list[asyncio.Task[None]]:
    """The loops, each started again when it fails."""
    loops = {"records": records.run}
    sources = _sources(_file(settings))
    if sources != AddressSources():
        loops["addresses"] = AddressWatch(
            sources=sources,
            report=records.report,
            unknown=records.unknown,
            every=settings.dns_every,
        ).run
    record = store.record
    return [asyncio.create_task(supervised(n, run, record)) for n, run in loops.items()]


def _sources(file: ZonesFile) -> AddressSources:
    return AddressSources(
        interface=file.interface,
        suffix=file.suffix,
        changes=interface.changes if file.interface else None,
        router=(lambda: router.outer_address(file.router)) if file.router else None,
        web=(lambda: _seen(file.sources)) if file.sources else None,
    )


async def _seen(sources: tuple[str, ...]) -> Addresses:
    from homeport.dns.web import seen_from_outside  # httpx: only where it is asked

    return await seen_from_outside(sources)


def _file(settings: Settings) -> ZonesFile:
    path = Path(settings.dns or settings.state / "dns.toml")
    return read_zones(path, OPTIONS) if settings.dns or path.exists() else ZonesFile()


def _routed(table: RouteTable) -> dict[str, str]:
    """A host that is a pattern has no record of its own."""
    return {route.host: route.owner for route in table.routes if _is_name(route.host)}


def _is_name(host: str) -> bool:
    return all(part and part.replace("-", "").isalnum() for part in host.split("."))


def _owners(table: RouteTable) -> set[str]:
    return {route.owner for route in table.routes}


async def _changes(store: Store) -> AsyncIterator[object]:
    async for recorded in store.journal.follow(store.journal.last(1)):
        if isinstance(recorded.event, RouteLive | RouteGone | AppRemoved):
            yield recorded
