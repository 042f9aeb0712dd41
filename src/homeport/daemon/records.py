"""Records: which zones there are, and what the loop that keeps them is handed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from homeport.daemon.core import Core
from homeport.daemon.living import Living
from homeport.daemon.supervise import cancelled, started
from homeport.daemon.zones import ZoneFile
from homeport.dns import igd, interface, router
from homeport.dns.model import Addresses
from homeport.dns.providers.known import provider_of
from homeport.dns.wishes import Hosted
from homeport.dns.zones import ZonesFile
from homeport.events import AppRemoved, DeploymentFinished, RouteGone, RouteLive
from homeport.model.route import RouteTable
from homeport.store.ledger import Store
from homeport.upkeep.addresses import AddressSources, AddressWatch
from homeport.upkeep.records import Parts, Records


def records_of(core: Core, zones: ZoneFile) -> Records:
    """The loop, for the zones of that file."""
    settings, store = core.settings, core.store
    living = Living(store, core.containers)
    return Records(
        Parts(
            zones=zones.now.zones,
            provider=provider_of,
            addresses=zones.now.addresses,
            routed=lambda: _routed(core.proxy.table, living.asked()),
            asked=living.asked,
            alive=living.looked,
            changes=lambda: _changes(store, living),
            ready=core.system.ready,
            record=store.record,
            memory=settings.state / "dns.json",
            instance=settings.instance,
            every=settings.dns_every,
        )
    )


def tasks(core: Core, records: Records, zones: ZoneFile) -> list[asyncio.Task[None]]:
    """The loops, each started again when it fails."""
    asking = _Asking(records, zones, core.settings.dns_every)

    async def changed() -> None:
        await records.adopt(zones.now.zones, zones.now.addresses)
        asking.again.set()

    loops = {
        "records": records.run,
        "addresses": asking.run,
        "zones": lambda: zones.run(changed),
    }
    return started(loops, core.store.record)


class _Asking:
    """Who says the address is asked, as the file of zones says it now."""

    def __init__(self, records: Records, zones: ZoneFile, every: float) -> None:
        self._records, self._zones, self._every = records, zones, every
        self.again = asyncio.Event()

    async def run(self) -> None:
        """For ever."""
        while True:
            self.again.clear()
            sources = _sources(self._zones.now)
            watch = AddressWatch(
                sources=sources,
                report=self._records.report,
                unknown=self._records.unknown,
                every=self._every,
            )
            if sources == AddressSources():
                self._records.unknown("", "")  # nobody is asked any more
            asks = asyncio.create_task(watch.run()) if sources != AddressSources() else None
            await self._until_another(asks)

    async def _until_another(self, asks: asyncio.Task[None] | None) -> None:
        """Return when the file says something else; what went wrong with asking is raised."""
        again = asyncio.create_task(self.again.wait())
        waits: list[asyncio.Task[object]] = [again, *([asks] if asks else [])]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if asks and asks.done():
                await asks
        finally:
            await cancelled(waits)


def _sources(file: ZonesFile) -> AddressSources:
    return AddressSources(
        interface=file.interface,
        suffix=file.suffix,
        changes=interface.changes if file.interface else None,
        router=(lambda: router.outer_address(file.router, _page)) if file.router else None,
        web=(lambda: _seen(file.sources)) if file.sources else None,
    )


async def _page(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Of a router that speaks UPnP."""
    import httpx  # only where one does

    from homeport.dns.fetch import fetch

    more = {"method": "POST", "content": body} if body else {}
    async with httpx.AsyncClient(timeout=router.HTTP, trust_env=False) as client:
        return await fetch(
            client, url, most=igd.LARGEST, seconds=router.HTTP, headers=headers, **more
        )


async def _seen(sources: tuple[str, ...]) -> Addresses:
    from homeport.dns.web import seen_from_outside  # httpx: only where it is asked

    return await seen_from_outside(sources)


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
