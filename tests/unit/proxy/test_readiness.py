"""Who answers, asked at real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from functools import partial

import pytest

from homeport.engine import sockets
from homeport.engine.sockets import accepts
from homeport.model.container import Container
from homeport.proxy.readiness import Readiness
from tests.unit.proxy.dropin_cases import container

HERE, NOBODY = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def port() -> Iterator[int]:
    """At which somebody listens here, and nobody at the other address."""
    with socket.socket() as listening:
        listening.bind((HERE, 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """Somebody whose queue is full: who connects hears nothing."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.3", 0))
        full.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield full.getsockname()


def at(port: int, **networks: str) -> Container:
    env = {"VIRTUAL_HOST": "a.example", "VIRTUAL_PORT": str(port)}
    return container("one", env=env, networks=networks)


async def test_one_is_ready_that_accepts_at_any_of_its_addresses(port: int) -> None:
    assert {"one"} == await Readiness().settle([at(port, web=NOBODY, other=HERE)])
    assert set() == await Readiness().settle([at(port, web=NOBODY)])


async def test_networks_that_we_are_not_in_are_not_asked(port: int) -> None:
    known = Readiness()
    known.networks = frozenset({"web"})
    assert set() == await known.settle([at(port, web=NOBODY, other=HERE)])
    assert {"one"} == await known.settle([at(port, web=HERE, other=NOBODY)])


async def test_an_address_that_says_nothing_is_not_waited_for(
    silent: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "accepts", partial(accepts, seconds=60.0))
    address, number = silent
    with socket.socket() as listening:
        listening.bind((HERE, number))
        listening.listen()
        began = time.monotonic()
        assert {"one"} == await Readiness().settle([at(number, other=address, web=HERE)])
    assert time.monotonic() - began < 30


async def test_one_that_moved_to_another_network_is_asked_where_it_is_now(port: int) -> None:
    known = Readiness()
    assert set() == known.of([at(port, web=NOBODY)])
    moved = at(port, web=HERE)
    assert set() == known.of([moved])
    async with asyncio.timeout(20):
        await known.changed.wait()
    assert {"one"} == known.of([moved])
