"""Certificates: who wants one, and what the loop that keeps them is handed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from homeport.certs.asking import DIRECTORIES, Defaults
from homeport.certs.issue import TxtRecords
from homeport.certs.job import Places
from homeport.certs.model import Server, Wanted
from homeport.certs.shown import answers_challenges, until_shown
from homeport.daemon.certificate_wishes import Around, Wishes
from homeport.daemon.supervise import started
from homeport.dns.model import Addresses, Zone, endpoint, zone_of
from homeport.dns.providers.known import provider_of
from homeport.errors import HomeportError, Unavailable
from homeport.events import AppRemoved, ContainerRestarted, RecordLive, RouteGone, RouteLive
from homeport.proxy.names import is_here, resolve
from homeport.settings import Settings
from homeport.store.ledger import Store
from homeport.upkeep.certificates import Certificates
from homeport.upkeep.follow import Follow
from homeport.upkeep.issuing import Parts
from homeport.upkeep.own_zone import OwnZone

_RESOLVES = 2.0  # seconds for one look at the zone's own servers
_TAKES = 20.0  # seconds until nginx has to have taken a certificate
_SHOWS = 10.0  # seconds until it has to be shown after that


def certificates_of(around: Around) -> Certificates:
    """The loop, for these settings."""
    settings = around.core.settings
    wishes = Wishes(around, lambda: _defaults(settings, around.zones()))
    return Certificates(
        Parts(
            wanted=wishes.wanted,
            leads_here=_Compass(around, places_of(settings)).leads_here,
            taken=lambda: _taken(around.core.follow),
            answers=lambda host, fingerprint: _answers(around, host, fingerprint),
            changes=lambda: _changes(around.core.store),
            nameservers=lambda: _nameservers(around.zones()),
            records=lambda one: _records_of(around, one),
            restart=lambda container: _restart(around, container),
            ready=around.core.system.ready,
            record=around.core.store.record,
            places=places_of(settings),
            server=Server(ca_file=settings.acme_ca_file),
            memory=settings.state / "certificates.json",
            every=settings.certificates_every,
        )
    )


def tasks(certificates: Certificates, store: Store) -> list[asyncio.Task[None]]:
    """The loop, started again when it fails."""
    return started({"certificates": certificates.run}, store.record)


def places_of(settings: Settings) -> Places:
    """Where everything lies."""
    return Places(
        certs=str((settings.proxy_dir / "certs").resolve()),
        tokens=str((settings.proxy_dir / "run" / "acme").resolve()),
        state=str((settings.state / "acme").resolve()),
        ca=str((settings.state / "ca").resolve()),
    )


def _defaults(settings: Settings, zones: tuple[Zone, ...]) -> Defaults:
    given = "" if settings.acme in ("", "off") else settings.acme
    domain = settings.domain if zone_of(settings.domain, zones) else ""
    return Defaults(
        directory=DIRECTORIES.get(given, given),
        never=settings.acme == "off",
        email=settings.acme_email,
        challenge=settings.acme_challenge,
        profile=settings.acme_profile,
        local=settings.local_ca,
        wildcard=domain,
        binding=_binding(settings),
    )


def _nameservers(zones: Iterable[Zone]) -> dict[str, list[tuple[str, int]]]:
    named = (zone for zone in zones if zone.nameservers)
    return {zone.name: [endpoint(one) for one in zone.nameservers] for zone in named}


def _binding(settings: Settings) -> tuple[str, str]:
    identifier, _, key = settings.acme_binding.partition(":")
    return (identifier, key) if key else ("", "")


def _records_of(around: Around, one: Wanted) -> TxtRecords:
    return OwnZone(one.dns, one.secrets.dns) if one.dns else around.records


async def _restart(around: Around, container: str) -> None:
    name = next((c.name for c in around.core.containers() if c.id == container), "")
    if not name:
        return  # it has gone, and its successor begins with the new certificate
    try:
        await around.core.docker.restart(container)
        around.core.store.record(ContainerRestarted(container=name))
    except HomeportError as error:
        around.core.store.record(ContainerRestarted(container=name, fault=error.message))


class _Compass:
    """Whether a name leads to this box, for everybody."""

    def __init__(self, around: Around, places: Places) -> None:
        self._around, self._tokens = around, Path(places.tokens)

    async def leads_here(self, host: str) -> str:
        """Why not; "" where it does."""
        try:
            late = await self._late(host)
            if not late:
                return ""
            found = await self._addresses(host)
        except HomeportError as error:
            return error.message
        if not found:
            return f"{host} has no address yet"
        elsewhere = [a for a in found if not self._is_ours(a)]
        if not elsewhere:
            return late if zone_of(host, self._around.zones()) else ""
        # Behind a router, the address is the router's.
        why = await answers_challenges(host, self._tokens)
        return why and f"{host} leads to {', '.join(elsewhere)}, which is not this box: {why}"

    async def _late(self, host: str) -> str:
        """What the zone's own servers say instead of our addresses; "" where they say those."""
        if zone_of(host, self._around.zones()) is None:
            return "its zone is not one of this box"
        try:
            await self._around.records.until_resolves(host, seconds=_RESOLVES)
        except Unavailable as error:
            return error.message
        return ""

    async def _addresses(self, host: str) -> tuple[str, ...]:
        """By the zone where it is one of the box's, else by the resolver."""
        zone = zone_of(host, self._around.zones())
        if zone is None:
            return await _resolved(host)
        seen = (await provider_of(zone).observe([host]))[host]
        if seen.cname and not (seen.a or seen.aaaa):
            return await _resolved(host)
        return (*seen.a, *seen.aaaa)

    def _is_ours(self, address: str) -> bool:
        ours: Addresses = self._around.records.addresses
        return address in (ours.v4, ours.v6) or is_here(address)


async def _resolved(host: str) -> tuple[str, ...]:
    """Its addresses, in an order that is always the same: what is told is told once."""
    names = await resolve(host)
    if names.fault:
        raise Unavailable(f"{host} cannot be looked up: {names.fault}")
    return tuple(sorted(names.addresses))


async def _taken(follow: Follow) -> None:
    try:
        async with asyncio.timeout(_TAKES):
            await follow.caught_up()
    except TimeoutError:
        return  # the proxy says what keeps it; what is shown tells


async def _answers(around: Around, host: str, fingerprint: str) -> str:
    settings = around.core.settings
    if all(host != route.host for route in around.core.proxy.table.routes):
        return ""  # its certificate is for others, as that of a domain with a wildcard
    address = settings.bind if settings.bind not in ("", "0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 - compared, not bound
    return await until_shown(address, settings.https_port, host, fingerprint, _SHOWS)


async def _changes(store: Store) -> AsyncIterator[object]:
    async for recorded in store.journal.follow(store.journal.last(1)):
        if isinstance(recorded.event, RouteLive | RouteGone | RecordLive | AppRemoved):
            yield recorded
