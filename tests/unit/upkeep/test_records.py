"""The loop that keeps records, with providers that a test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path

import pytest

from homeport.dns.model import Addresses, Observed, Zone
from homeport.dns.plan import Change
from homeport.dns.wishes import Hosted
from homeport.errors import HostRefused
from homeport.events import Event, RecordFailed, RecordMade
from homeport.upkeep.records import Parts, Records


class Played:
    """A provider with an empty zone; one named `hangs` never answers, `broken` has a fault."""

    marks = removes = v6 = True
    pause = 0.0

    def __init__(self, name: str) -> None:
        self.name, self.asked = name, list[str]()

    async def observe(self, hosts: Collection[str]) -> Mapping[str, Observed]:
        if self.name == "hangs":
            await asyncio.Event().wait()
        if self.name == "broken":
            raise ZeroDivisionError
        return dict.fromkeys(hosts, Observed())

    async def apply(self, change: Change) -> None:
        """It is done; a host that begins with `no` is not taken."""
        self.asked.append(change.host)
        if change.host.startswith("no"):
            raise HostRefused("played says nohost: the account has no such host")

    async def set_txt(self, name: str, value: str) -> None:
        """It is done."""

    async def remove_txt(self, name: str, value: str) -> None:
        """It is done."""


async def _nothing_happens() -> AsyncIterator[object]:
    await asyncio.Event().wait()
    yield None


@pytest.mark.parametrize("other", ["hangs", "broken"])
async def test_a_provider_that_hangs_delays_no_other(tmp_path: Path, other: str) -> None:
    told: asyncio.Queue[Event] = asyncio.Queue()
    ready = asyncio.Event()
    ready.set()
    records = Records(
        Parts(
            zones=(Zone(name="a.org", provider=other), Zone(name="b.org", provider="well")),
            provider=lambda zone: Played(zone.provider),
            addresses=Addresses(v4="93.184.215.14"),
            routed=lambda: dict.fromkeys(("x.a.org", "x.b.org"), Hosted(owner="app")),
            asked=dict,
            alive=lambda: {"app"},
            changes=_nothing_happens,
            ready=ready,
            record=told.put_nowait,
            memory=tmp_path / "dns.json",
            instance="",
            every=60.0,
        )
    )
    task = asyncio.create_task(records.run())
    async with asyncio.timeout(5):
        while not isinstance(made := await told.get(), RecordMade):
            assert isinstance(made, RecordFailed)
    task.cancel()
    assert RecordMade(app="app", host="x.b.org", values=("93.184.215.14",)) == made


async def test_a_refused_host_stops_alone_until_the_settings_change(tmp_path: Path) -> None:
    """Also across a restart; it is told once, and the status says it."""
    reason, found = "played says nohost: the account has no such host", []
    for ttl in (60, 60, 61):
        provider = Played("well")
        told = await _kept(tmp_path, provider, ttl=ttl)
        found.append((told, provider.asked.count("no.b.org")))
    assert [([reason], 1), ([], 0), ([reason], 1)] == found


async def _kept(folder: Path, provider: Played, *, ttl: int) -> list[str]:
    """A loop is started, looks twice, and ends: what it tells of hosts that are not taken."""
    told, ready = list[Event](), asyncio.Event()
    ready.set()
    records = Records(
        Parts(
            zones=(Zone(name="b.org", provider="well", ttl=ttl),),
            provider=lambda zone: provider,
            addresses=Addresses(v4="93.184.215.14"),
            routed=lambda: dict.fromkeys(("no.b.org", "x.b.org"), Hosted(owner="app")),
            asked=dict,
            alive=lambda: {"app"},
            changes=_nothing_happens,
            ready=ready,
            record=told.append,
            memory=folder / "dns.json",
            instance="",
            every=0.05,
        )
    )
    task = asyncio.create_task(records.run())
    async with asyncio.timeout(5):
        while sum(isinstance(event, RecordMade) for event in told) < 2:
            await asyncio.sleep(0.01)
    left = records.status()["zones"][0]["left"]
    assert ["no.b.org: played says nohost: the account has no such host"] == left
    task.cancel()
    return [event.reason for event in told if isinstance(event, RecordFailed)]
