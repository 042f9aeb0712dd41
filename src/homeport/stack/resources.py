"""Networks and volumes, from Compose's normalised model to the Engine's terms. Pure.

Source: docker/compose v2, pkg/compose/create.go (ensureNetwork, ensureVolume).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.model.stack import NetworkSpec, VolumeSpec
from homeport.stack.labels import PREFIX

Model = Mapping[str, Any]


def network_of(key: str, found: Model, project: str) -> NetworkSpec:
    """A network of the file; `key` is what the file calls it."""
    name = found.get("name") or f"{project}_{key}"
    if found.get("external"):
        return NetworkSpec(key=key, name=name, external=True)
    labels = {**(found.get("labels") or {}), **_owned(project, "network", key)}
    body: dict[str, Any] = {"Driver": found.get("driver") or "bridge", "Labels": labels}
    options = {
        "Internal": found.get("internal"),
        "Attachable": found.get("attachable"),
        "EnableIPv6": found.get("enable_ipv6"),
        "Options": found.get("driver_opts"),
        "IPAM": _ipam(found.get("ipam") or {}),
    }
    body |= {name_: value for name_, value in options.items() if value}
    return NetworkSpec(key=key, name=name, body=body)


def _ipam(found: Model) -> dict[str, Any]:
    names = {
        "subnet": "Subnet",
        "gateway": "Gateway",
        "ip_range": "IPRange",
        "aux_addresses": "AuxiliaryAddresses",
    }
    pools = [
        {theirs: pool[ours] for ours, theirs in names.items() if pool.get(ours)}
        for pool in found.get("config") or ()
    ]
    wanted = {"Driver": found.get("driver"), "Config": pools, "Options": found.get("options")}
    return {key: value for key, value in wanted.items() if value}


def volume_of(key: str, found: Model, project: str) -> VolumeSpec:
    """A volume of the file; `key` is what the file calls it."""
    name = found.get("name") or f"{project}_{key}"
    if found.get("external"):
        return VolumeSpec(key=key, name=name, external=True)
    body: dict[str, Any] = {
        "Labels": {**(found.get("labels") or {}), **_owned(project, "volume", key)}
    }
    options = {"Driver": found.get("driver"), "DriverOpts": found.get("driver_opts")}
    return VolumeSpec(key=key, name=name, body=body | {k: v for k, v in options.items() if v})


def _owned(project: str, kind: str, key: str) -> dict[str, str]:
    """Compose's own labels; without a hash, which it takes for unchanged."""
    return {f"{PREFIX}project": project, f"{PREFIX}{kind}": key, f"{PREFIX}version": "2.26.1"}
