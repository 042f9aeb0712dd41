"""What is there and differs from the file is told, and stays."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.stack.as_made import as_made
from homeport.stack.resources import network_of, volume_of
from tests.unit.stack.builders import observed, service, stack

BRIDGE = {"Driver": "bridge", "Internal": False, "EnableIPv6": False, "Options": {}, "IPAM": {}}
POOL = {"Config": [{"Subnet": "10.1.0.0/24", "Gateway": "10.1.0.1"}]}
POOL6 = {"Config": [{"Subnet": "fd00::/64"}]}


def told(kind: str, found: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """What is said of a network or a volume `x` of the file."""
    specs: dict[str, Any] = {
        "network": {"networks": {"x": network_of("x", found, "blog")}},
        "volume": {"volumes": {"x": volume_of("x", found, "blog")}},
    }
    there = observed(made={f"{kind} blog_x": made})
    return list(as_made(stack(service("web"), **specs[kind]), there))


@pytest.mark.parametrize(
    ("found", "made", "expected"),
    [
        ({}, {}, ""),
        ({"internal": True}, {}, "internal"),
        ({}, {"Internal": True}, "internal"),
        ({"driver": "macvlan"}, {}, "driver"),
        ({"driver_opts": {"mtu": 1400}}, {"Options": {"mtu": "1400", "engine": "own"}}, ""),
        ({"driver_opts": {"mtu": 1400}}, {"Options": {"mtu": "1500"}}, "driver_opts"),
        ({"ipam": {"config": [{"subnet": "10.1.0.0/24"}]}}, {"IPAM": POOL}, ""),
        ({"ipam": {"config": [{"subnet": "10.2.0.0/24"}]}}, {"IPAM": POOL}, "ipam"),
        ({"ipam": {"config": [{"subnet": "fd00:0::/64"}]}}, {"IPAM": POOL6}, ""),
        ({"internal": True, "enable_ipv6": True}, {}, "internal and enable_ipv6"),
        ({"external": True, "name": "blog_x"}, {"Internal": True}, ""),
    ],
)  # fmt: skip
def test_a_network(found: dict[str, Any], made: dict[str, Any], expected: str) -> None:
    """What the Engine adds by itself is no difference."""
    said = (
        f"network blog_x stays as it was made, with another {expected}: it can be made anew only"
        " while no container is in it"
    )
    assert ([said] if expected else []) == told("network", found, {**BRIDGE, **made})


@pytest.mark.parametrize(
    ("found", "made", "expected"),
    [
        ({}, {}, ""),
        ({"driver_opts": {"type": "nfs"}}, {}, "driver_opts"),
        ({}, {"Options": {"type": "nfs"}}, "driver_opts"),
        ({"driver": "local", "driver_opts": {"type": "nfs"}}, {"Options": {"type": "nfs"}}, ""),
        ({"driver": "rclone"}, {}, "driver"),
    ],
)
def test_a_volume(found: dict[str, Any], made: dict[str, Any], expected: str) -> None:
    """It is never made anew: it is somebody's data."""
    said = (
        f"volume blog_x stays as it was made, with another {expected}: it can be made anew only"
        " without what is in it"
    )
    assert ([said] if expected else []) == told("volume", found, {"Driver": "local", **made})
