"""Names that follow: 1,000 hosts over 10 zones planned, and an address that changes on a link."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figure import Figure, median
from homeport.dns.model import Addresses, Observed, Zone
from homeport.dns.plan import Change, mark_of, plan
from homeport.dns.wishes import Hosted, by_zone
from homeport.upkeep.records import Parts, Records

ZONES = tuple(Zone(name=f"example{number}.org", provider="bench") for number in range(10))
HOSTS = {f"h{n}.example{n % 10}.org": Hosted(owner=f"app{n % 50}") for n in range(1000)}
HERE = Addresses(v4="93.184.215.14", v6="2606:2800:21f::1")


def measure(quick: bool) -> list[Figure]:
    """What the daemon does at each change of an address, without the providers' own time."""
    times = 5 if quick else 50
    return [
        median("1,000 hosts of 10 zones planned", [_planned() for _ in range(times)], limit=0.05),
        median(
            "9 zones made while one hangs",
            [asyncio.run(_beside_one_that_hangs()) for _ in range(3 if quick else 10)],
            limit=2.0,
            detail="1,000 records remembered on disk",
        ),
    ]


def _planned() -> float:
    """A third is there and right, a third has another address, a third is not there."""
    chance = random.Random(7)
    observed = {host: _there(chance.randrange(3), one.owner) for host, one in HOSTS.items()}
    began = time.perf_counter()
    for hosts in by_zone(HOSTS, ZONES).zones.values():
        there = {host: observed[host] for host in hosts}
        plan(hosts, there, addresses=HERE, alive=(), instance="")
    return time.perf_counter() - began


def _there(how: int, owner: str) -> Observed:
    if how == 0:
        return Observed()
    v4 = HERE.v4 if how == 1 else "192.0.2.1"
    return Observed(a=(v4,), aaaa=(HERE.v6,), mark=(mark_of(owner, ""),))


class _Provider:
    """Answers at once; the first zone's never does."""

    marks = removes = v6 = True
    pause = 0.0

    def __init__(self, zone: Zone, made: list[str]) -> None:
        self._hangs, self._made = zone is ZONES[0], made

    async def observe(self, hosts: Collection[str]) -> Mapping[str, Observed]:
        """An empty zone."""
        if self._hangs:
            await asyncio.Event().wait()
        return dict.fromkeys(hosts, Observed())

    async def apply(self, change: Change) -> None:
        """It is done."""
        self._made.append(change.host)

    async def set_txt(self, name: str, value: str) -> None:
        """It is done."""

    async def remove_txt(self, name: str, value: str) -> None:
        """It is done."""


async def _beside_one_that_hangs() -> float:
    """Seconds until the records of all other zones are made."""
    made: list[str] = []
    ready = asyncio.Event()
    ready.set()
    with TemporaryDirectory() as folder:
        parts = Parts(
            zones=ZONES,
            provider=lambda zone: _Provider(zone, made),
            addresses=HERE,
            routed=lambda: HOSTS,
            asked=dict,
            alive=lambda: (),
            changes=_nothing_happens,
            ready=ready,
            record=lambda _: None,
            memory=Path(folder) / "dns.json",
            instance="",
            every=600.0,
        )
        began = time.perf_counter()
        task = asyncio.create_task(Records(parts).run())
        while len(made) < 900:
            await asyncio.sleep(0.005)
        seconds = time.perf_counter() - began
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return seconds


async def _nothing_happens() -> AsyncIterator[object]:
    await asyncio.Event().wait()
    yield None
