"""Containers in the network of another are reached as that one is."""

from __future__ import annotations

from msgspec.structs import replace

from homeport.proxy.joined import Joined, placed
from tests.unit.proxy.dropin_cases import container


def test_one_in_the_network_of_another_has_the_others_endpoints() -> None:
    vpn = container("vpn", network_mode="web")
    web = container("web", networks={}, network_mode="container:vpn")
    lost = container("lost", networks={}, network_mode="container:gone")
    expected = [vpn, replace(web, endpoints=vpn.endpoints, network_mode="web"), lost]
    assert expected == placed([vpn, web, lost])


def test_the_same_containers_give_the_very_same_again() -> None:
    """What was read of a container is kept for as long as it is the same."""
    joined, vpn = Joined(), container("vpn")
    web = container("web", networks={}, network_mode="container:vpn")
    first = joined.placed({"vpn": vpn, "web": web})
    moved = replace(vpn, restarts=1)
    assert first["web"] is joined.placed({"vpn": vpn, "web": web})["web"]
    assert first["web"] is not joined.placed({"vpn": moved, "web": web})["web"]
