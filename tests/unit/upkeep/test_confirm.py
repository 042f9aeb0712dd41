"""The zone's own name servers are asked, over real sockets, until they answer with what was set."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from homeport.dns.authoritative import Authoritative, Said
from homeport.dns.model import Addresses, Zone
from homeport.dns.providers.known import provider_of
from homeport.errors import NotFound, Unavailable
from homeport.events import Event, RecordLive
from homeport.upkeep.confirm import Confirmation
from homeport.upkeep.records import Parts, Records
from tests.unit.dns.apis import SECRET, running
from tests.unit.dns.tellable import answering

HOST, V4, OLD = "blog.example.org", "93.184.215.14", "192.0.2.1"
Records_ = dict[tuple[str, str], list[str]]


def zone(*nameservers: str) -> Zone:
    """With these name servers."""
    return Zone(name="example.org", provider="gandi", nameservers=nameservers)


async def test_it_is_told_when_all_servers_answer_with_it_and_not_before() -> None:
    one: Records_ = {(HOST, "A"): [OLD]}
    two: Records_ = {(HOST, "A"): [V4]}
    told: asyncio.Queue[Event] = asyncio.Queue()
    with answering(lambda: one) as first, answering(lambda: two) as second:
        confirmation = Confirmation(zone(first, second, "127.0.0.1:9"), told.put_nowait)
        task = asyncio.create_task(confirmation.run())
        confirmation.expect(HOST, "blog", [V4])
        with suppress(TimeoutError):
            async with asyncio.timeout(0.7):
                await told.get()
        assert (HOST,) == confirmation.pending
        one[HOST, "A"] = [V4]
        async with asyncio.timeout(10):
            live = await told.get()
        task.cancel()
    assert isinstance(live, RecordLive)
    assert ((V4,), (first, second)) == (live.values, live.servers)


async def test_each_server_says_what_it_has_or_why_not() -> None:
    records: Records_ = {(HOST, "A"): [V4], (HOST, "TXT"): ["a b"]}
    with answering(lambda: records) as server:
        servers = Authoritative(zone(server))
        assert (Said(server=server, values=(V4,)),) == await servers.ask(HOST, ("A", "AAAA"))
        assert (Said(server=server, values=("a b",)),) == await servers.ask(HOST, ("TXT",))
        assert (Said(server=server),) == await servers.ask("other.example.org", ("A",))


async def _nothing_happens():  # type: ignore[no-untyped-def]
    await asyncio.Event().wait()
    yield None


def records_of(folder: Path, *zones: Zone, addresses: Addresses | None = None) -> Records:
    """Of these zones."""
    return Records(
        Parts(
            zones=zones,
            provider=provider_of,
            addresses=addresses or Addresses(),
            routed=dict,
            asked=dict,
            alive=tuple,
            changes=_nothing_happens,
            ready=asyncio.Event(),
            record=lambda _: None,
            memory=folder / "dns.json",
            instance="",
            every=60.0,
        )
    )


async def test_who_needs_a_host_waits_until_it_leads_here(tmp_path: Path) -> None:
    served: Records_ = {(HOST, "A"): [OLD]}
    with answering(lambda: served) as server:
        records = records_of(tmp_path, zone(server), addresses=Addresses(v4=V4))
        why = rf"{HOST} is not answered as it should be after 0\.3 s: {server} says {OLD}"
        with pytest.raises(Unavailable, match=why):
            await records.until_resolves(HOST, seconds=0.3)
        waiting = asyncio.create_task(records.until_resolves(HOST))
        served[HOST, "A"] = [V4]
        async with asyncio.timeout(10):
            assert (server,) == await waiting


async def test_a_txt_value_is_set_when_the_name_servers_answer_with_it(tmp_path: Path) -> None:
    name, served = f"_acme-challenge.{HOST}", Records_()
    with running("gandi") as api, answering(lambda: served) as server:
        options = {"token": SECRET, "api": api.address}
        there = Zone(name="example.org", provider="gandi", options=options, nameservers=(server,))
        records = records_of(tmp_path, there)
        setting = asyncio.create_task(records.set_txt(name, "token"))
        async with asyncio.timeout(10):
            while not api.there():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            assert not setting.done()
            served[name, "TXT"] = ["other", "token"]
            await setting


async def test_nobody_waits_for_what_cannot_be(tmp_path: Path) -> None:
    records = records_of(tmp_path, zone("127.0.0.1:9"))
    with pytest.raises(NotFound, match="no zone of this box holds"):
        await records.until_resolves("blog.other.org")
    with pytest.raises(Unavailable, match="the address of this box is not known"):
        await records.until_resolves(HOST)


def test_a_memory_that_was_cut_short_is_begun_anew_and_told(tmp_path: Path) -> None:
    told: list[Event] = []
    (tmp_path / "dns.json").write_text('{"v4": "93.184.2')
    parts = Parts(
        zones=(),
        provider=provider_of,
        addresses=Addresses(),
        routed=dict,
        asked=dict,
        alive=tuple,
        changes=_nothing_happens,
        ready=asyncio.Event(),
        record=told.append,
        memory=tmp_path / "dns.json",
        instance="",
        every=60.0,
    )
    assert Addresses() == Records(parts).addresses
    assert ["Warned"] == [type(event).__name__ for event in told]
