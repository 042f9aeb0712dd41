"""Records: which zones there are, and what the loop that keeps them is handed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path

from homeport.daemon.living import Living
from homeport.daemon.supervise import supervised
from homeport.dns import interface, router
from homeport.dns.model import Addresses
from homeport.dns.providers.known import NAMED, OPTIONS, provider_of
from homeport.dns.wishes import Hosted
from homeport.dns.zones import ZonesFile, read_zones
from homeport.events import AppRemoved, DeploymentFinished, RouteGone, RouteLive, Warned
from homeport.model.container import Container
from homeport.model.route import RouteTable
from homeport.settings import Settings
from homeport.store.ledger import Store
from homeport.upkeep.addresses import AddressSources, AddressWatch
from homeport.upkeep.records import Parts, Records


def records_of(
    settings: Settings,
    store: Store,
    table: Callable[[], RouteTable],
    containers: Callable[[], Iterable[Container]],
    ready: asyncio.Event,
) -> Records:
    """The loop, for the zones of the file that `dns` names.

    Raises:
        FileFault: it names what is not known, or is not there though it was named.
    """
    found, living = _file(settings), Living(store, containers)
    if found.zones and _path(settings).stat().st_mode & 0o077:
        text = f"{_path(settings)} holds credentials, and others may read it: chmod 600"
        store.record(Warned(text=text))
    return Records(
        Parts(
            zones=found.zones,
            provider=provider_of,
            addresses=found.addresses,
            routed=lambda: _routed(table(), living.asked()),
            asked=living.asked,
            alive=living.looked,
            changes=lambda: _changes(store, living),
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


def _path(settings: Settings) -> Path:
    return Path(settings.dns or settings.state / "dns.toml")


def _file(settings: Settings) -> ZonesFile:
    path = _path(settings)
    return read_zones(path, OPTIONS, NAMED) if settings.dns or path.exists() else ZonesFile()


def _routed(table: RouteTable, asked: Mapping[str, Mapping[str, str]]) -> dict[str, Hosted]:
    """What an app's release says of records counts, then the label of whoever else is routed.

    A host that is a pattern has no record of its own.
    """
    return {
        route.host: Hosted(
            owner=route.owner, dns=asked.get(route.owner, {}).get(route.host, route.dns)
        )
        for route in table.routes
        if _is_name(route.host)
    }


def _is_name(host: str) -> bool:
    return all(part and part.replace("-", "").isalnum() for part in host.split("."))


async def _changes(store: Store, living: Living) -> AsyncIterator[object]:
    async for recorded in store.journal.follow(store.journal.last(1)):
        event = recorded.event
        if isinstance(event, AppRemoved):
            living.removed(event.app)
        if isinstance(event, RouteLive | RouteGone | AppRemoved | DeploymentFinished):
            yield recorded
