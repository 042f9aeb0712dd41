"""The watch over the addresses: who is heard, and what is reported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from homeport.dns.local import LocalAddress
from homeport.dns.model import Addresses
from homeport.errors import Unavailable
from homeport.upkeep.addresses import AddressSources, AddressWatch

FIRST, SECOND, V6 = "93.184.215.14", "93.184.215.15", "2606:2800:21f:7::1"


def local(address: str, prefix: int = 24) -> LocalAddress:
    """One of eth0."""
    return LocalAddress(interface="eth0", address=address, prefix=prefix, stable=True)


class Heard:
    """What the records are told."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[Any] = asyncio.Queue()

    def report(self, addresses: Addresses, source: str) -> bool:
        self.said.put_nowait((addresses, source))
        return True

    def unknown(self, reason: str, hint: str) -> None:
        if reason:
            self.said.put_nowait(reason)

    async def next(self) -> Any:
        async with asyncio.timeout(5):
            return await self.said.get()


def watched(sources: AddressSources) -> tuple[Heard, asyncio.Task[None]]:
    """A watch that asks all the time."""
    heard = Heard()
    watch = AddressWatch(sources=sources, report=heard.report, unknown=heard.unknown, every=0.001)
    return heard, asyncio.create_task(watch.run())


async def test_an_interface_is_heard_as_it_changes_and_takes_the_suffix() -> None:
    changes: asyncio.Queue[tuple[LocalAddress, ...]] = asyncio.Queue()

    async def follow() -> AsyncIterator[tuple[LocalAddress, ...]]:
        while True:
            yield await changes.get()

    sources = AddressSources(interface="eth0", suffix="::5", changes=follow)
    heard, task = watched(sources)
    changes.put_nowait((local("192.168.1.2"),))
    assert "eth0 has no public address" == await heard.next()
    changes.put_nowait((local(FIRST), local(V6, 64)))
    assert (Addresses(v4=FIRST, v6="2606:2800:21f:7::5"), "interface") == await heard.next()
    changes.put_nowait((local(FIRST), local(V6, 64), local("10.0.0.1")))
    changes.put_nowait((local(SECOND),))
    assert (Addresses(v4=SECOND), "interface") == await heard.next()
    task.cancel()


async def test_what_is_believed_is_reported_once_and_faults_are_told() -> None:
    answers: list[Addresses | Unavailable] = [Unavailable("no two agree")]

    async def ask() -> Addresses:
        if isinstance(answers[-1], Unavailable):
            raise answers[-1]
        return answers[-1]

    heard, task = watched(AddressSources(web=ask))
    assert "no two agree" == await heard.next()
    while not heard.said.empty():
        heard.said.get_nowait()
    answers.append(Addresses(v4=FIRST))
    while (said := await heard.next()) == "no two agree":
        pass
    assert (Addresses(v4=FIRST), "web") == said
    answers.append(Addresses(v4=SECOND))
    assert (Addresses(v4=SECOND), "web") == await heard.next()
    task.cancel()


async def test_a_router_that_falls_silent_is_behind_the_same_nat_as_before() -> None:
    """Otherwise the carrier's address would be published for a moment."""
    speaks = True

    async def router() -> str:
        if speaks:
            return "100.64.1.2"
        raise Unavailable("no router says its address")

    async def web() -> Addresses:
        return Addresses(v4=FIRST)

    heard, task = watched(AddressSources(router=router, web=web))
    assert "carrier-grade NAT" in await heard.next()
    speaks = False
    for _ in range(20):
        assert "carrier-grade NAT" in await heard.next()
    task.cancel()
