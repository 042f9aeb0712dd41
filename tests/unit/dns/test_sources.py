"""Whom to believe, and how a box behind carrier-grade NAT is known."""

from __future__ import annotations

import pytest

from homeport.dns.local import LocalAddress
from homeport.dns.model import Addresses
from homeport.dns.sources import Told, behind_nat, believed, carrier_of

HERE, OTHER, V6 = "93.184.215.14", "93.184.215.15", "2606:2800:21f::1"


@pytest.mark.parametrize(
    ("told", "addresses", "source"),
    [
        (Told(), Addresses(), ""),
        (Told(web=Addresses(v4=HERE, v6=V6)), Addresses(v4=HERE, v6=V6), "web"),
        (Told(router=HERE), Addresses(v4=HERE), "router"),
        (Told(router=HERE, web=Addresses(v4=HERE)), Addresses(v4=HERE), "router"),
        (
            Told(interface=Addresses(v6=V6), web=Addresses(v4=HERE, v6="2606:2800::9")),
            Addresses(v4=HERE, v6=V6),
            "interface, web",
        ),
        (
            Told(interface=Addresses(v4=OTHER), router="100.64.0.1", web=Addresses(v4=HERE)),
            Addresses(v4=OTHER),
            "interface",
        ),
    ],
)
def test_the_interface_is_believed_first_then_the_router_then_the_web(
    told: Told, addresses: Addresses, source: str
) -> None:
    found = believed(told)
    assert (addresses, source, "") == (found.addresses, found.source, found.trouble)


@pytest.mark.parametrize(
    ("router", "seen", "why"),
    [
        ("", HERE, ""),
        (HERE, "", ""),
        (HERE, HERE, ""),
        (
            "100.70.1.2",
            HERE,
            "the router has 100.70.1.2, of carrier-grade NAT: nobody reaches it over IPv4",
        ),
        (
            "192.168.1.2",
            HERE,
            "the router has 192.168.1.2, which is not public: another router is in front of it",
        ),
        (
            "0.0.0.0",
            "",
            "the router has 0.0.0.0, which is not public: another router is in front of it",
        ),
        (OTHER, HERE, f"the router has {OTHER}, and the web sees {HERE}: there is NAT in between"),
    ],
)
def test_a_router_that_nobody_reaches_is_known_by_its_address(
    router: str, seen: str, why: str
) -> None:
    assert why == behind_nat(router, seen)


def test_behind_nat_ipv6_is_published_alone_and_it_is_said_what_can_be_done() -> None:
    found = believed(Told(router="100.70.1.2", web=Addresses(v4=HERE, v6=V6)))
    assert Addresses(v6=V6) == found.addresses
    assert ("100.70.1.2" in found.trouble, "IPv6" in found.hint) == (True, True)


def test_an_interface_with_an_address_of_the_carrier_is_behind_nat_too() -> None:
    address = LocalAddress(interface="ppp0", address="100.64.9.9", prefix=32)
    carrier = carrier_of([address], "ppp0")
    assert ("100.64.9.9", "") == (carrier, carrier_of([address], "eth0"))
    assert Addresses() == believed(Told(carrier=carrier, web=Addresses(v4=HERE))).addresses
