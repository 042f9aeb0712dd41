"""Networks and volumes that are there, and otherwise than the file says. Pure.

Both stay: a network can be made anew only while nobody is in it, and a volume is somebody's data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homeport.model.stack import Stack
from homeport.stack.observed import Observed

Settings = Mapping[str, Any]


def as_made(stack: Stack, observed: Observed) -> Iterator[str]:
    """A warning for each network and volume of the project that is not as the file says."""
    for network in stack.networks.values():
        made = observed.made.get(f"network {network.name}")
        what = _of_network(network.body, made) if made and not network.external else []
        if what:
            yield _stays("network", network.name, what, "only while no container is in it")
    for volume in stack.volumes.values():
        made = observed.made.get(f"volume {volume.name}")
        what = _of_volume(volume.body, made) if made and not volume.external else []
        if what:
            yield _stays("volume", volume.name, what, "only without what is in it")


def _stays(kind: str, name: str, what: list[str], when: str) -> str:
    differs = " and ".join(what)
    return f"{kind} {name} stays as it was made, with another {differs}: it can be made anew {when}"


def _of_network(wanted: Settings, made: Settings) -> list[str]:
    differences = {
        "driver": wanted.get("Driver") != made.get("Driver"),
        "internal": bool(wanted.get("Internal")) != bool(made.get("Internal")),
        "attachable": bool(wanted.get("Attachable")) > bool(made.get("Attachable")),
        "enable_ipv6": bool(wanted.get("EnableIPv6")) > bool(made.get("EnableIPv6")),
        "driver_opts": not _has(made.get("Options"), wanted.get("Options")),
        "ipam": not _has_pools(made, wanted),
    }
    return [key for key, differs in differences.items() if differs]


def _of_volume(wanted: Settings, made: Settings) -> list[str]:
    differences = {
        "driver": wanted.get("Driver", made.get("Driver")) != made.get("Driver"),
        "driver_opts": (wanted.get("DriverOpts") or {}) != (made.get("Options") or {}),
    }
    return [key for key, differs in differences.items() if differs]


def _has(made: Settings | None, wanted: Settings | None) -> bool:
    """The Engine may have added some of its own."""
    return {k: str(v) for k, v in (wanted or {}).items()}.items() <= (made or {}).items()


def _has_pools(made: Settings, wanted: Settings) -> bool:
    there = [_pool(pool) for pool in (made.get("IPAM") or {}).get("Config") or ()]
    asked = (_pool(pool) for pool in (wanted.get("IPAM") or {}).get("Config") or ())
    return all(any(one.items() <= other.items() for other in there) for one in asked)


def _pool(pool: Settings) -> dict[str, str]:
    found = {key: pool[key] for key in ("Subnet", "Gateway", "IPRange") if pool.get(key)}
    return {key: _address(str(value)) for key, value in found.items()}


def _address(text: str) -> str:
    """An address or a range in one notation: IPv6 has several."""
    import ipaddress  # 3 ms that most stacks do not need

    try:
        return str(ipaddress.ip_interface(text))
    except ValueError:
        return text
