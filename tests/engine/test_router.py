"""A router that is asked for its outer address, over a real link between two namespaces."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.namespace import Namespace, namespace

ASK = """
import asyncio, json, sys
from homeport.daemon.records import _page
from homeport.dns.router import outer_address
from homeport.errors import Unavailable
try:
    print(json.dumps(asyncio.run(outer_address(sys.argv[1], _page))))
except Unavailable as error:
    print(json.dumps(error.message))
"""
OUTER = "93.184.215.14"
LAB = str(Path(__file__).with_name("router_lab.py"))


@pytest.fixture
def home() -> Iterator[tuple[Namespace, Namespace]]:
    """A box, and the router that is its gateway."""
    with namespace() as box, namespace() as router:
        box.ip(f"link add lan0 type veth peer name lan0 netns {router.name}")
        for end, address in ((box, "192.168.1.2/24"), (router, "192.168.1.1/24")):
            end.ip(f"addr add {address} dev lan0")
            end.ip("link set lan0 up")
        box.ip("route add default via 192.168.1.1")
        yield box, router


@contextmanager
def running(router: Namespace, outer: str, *speaks: str) -> Iterator[None]:
    """It answers, while the context is open."""
    command = ["ip", "netns", "exec", router.name, sys.executable, LAB, "192.168.1.1", outer]
    with subprocess.Popen([*command, *speaks], stdout=subprocess.PIPE) as program:
        assert program.stdout
        try:
            assert b"ready\n" == program.stdout.readline()
            yield
        finally:
            program.kill()


@pytest.mark.parametrize(
    ("speaks", "way"),
    [("nat-pmp", "pcp"), ("pcp", "pcp"), ("upnp", "upnp"), ("upnp", "auto"), ("nat-pmp", "auto")],
)
@pytest.mark.parametrize("outer", [OUTER, "100.64.3.4"])
def test_a_router_says_its_outer_address(
    home: tuple[Namespace, Namespace], speaks: str, way: str, outer: str
) -> None:
    box, router = home
    with running(router, outer, speaks):
        assert outer == box.run(ASK, way)


def test_a_router_that_says_nothing_is_told_of(home: tuple[Namespace, Namespace]) -> None:
    assert "no router says its address" == home[0].run(ASK, "auto")


def test_without_a_router_nobody_is_asked() -> None:
    with namespace() as alone:
        assert "no router says its address" == alone.run(ASK, "auto")
