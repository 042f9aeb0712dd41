"""Networks, ports and links of a service, in the Engine's terms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Model = Mapping[str, Any]


def network_mode(service: Model, names: Mapping[str, str]) -> str:
    """The Engine's NetworkMode: what the file says, else the network of highest priority."""
    if service.get("network_mode"):
        return str(service["network_mode"])
    ordered = _by_priority(service)
    return names[ordered[0]] if ordered else "none"


def endpoints(
    service: Model, names: Mapping[str, str], linked: tuple[str, ...] = ()
) -> dict[str, dict[str, Any]]:
    """Network's real name -> EndpointSettings, the highest priority first.

    Args:
        service: the service, normalised.
        names: network's key -> its real name.
        linked: the names under which other services link to this one.
    """
    if service.get("network_mode"):
        return {}
    networks = service.get("networks") or {}
    return {
        names[key]: _endpoint(service, networks.get(key) or {}, linked)
        for key in _by_priority(service)
    }


def link_aliases(services: Model, name: str) -> tuple[str, ...]:
    """The names that `links: [NAME:ALIAS]` of other services give to service `name`.

    They become aliases of the service: a link of the Engine's names one container, and would end
    with it.
    """
    links = (str(link) for s in services.values() for link in (s or {}).get("links") or ())
    pairs = (link.partition(":") for link in links)
    return tuple(dict.fromkeys(a for target, _, a in pairs if target == name and a and a != name))


def fixed_addresses(service: Model) -> list[str]:
    """The static addresses that a service asks for."""
    networks = (service.get("networks") or {}).values()
    keys = ("ipv4_address", "ipv6_address")
    return [network[key] for network in networks if network for key in keys if network.get(key)]


def exposed(service: Model) -> dict[str, dict[str, Any]]:
    """ExposedPorts: what is exposed or published."""
    found = [_with_protocol(str(port)) for port in service.get("expose") or ()]
    found += [f"{p['target']}/{p.get('protocol', 'tcp')}" for p in service.get("ports") or ()]
    return {port: {} for port in dict.fromkeys(found)}


def published(service: Model) -> dict[str, list[dict[str, str]]]:
    """PortBindings: target -> where on the host."""
    found: dict[str, list[dict[str, str]]] = {}
    for port in service.get("ports") or ():
        target = f"{port['target']}/{port.get('protocol', 'tcp')}"
        binding = {"HostIp": port.get("host_ip", ""), "HostPort": str(port.get("published", ""))}
        found.setdefault(target, []).append(binding)
    return found


def fixed_ports(service: Model) -> list[str]:
    """The ports of the host that a service asks for by number; a range is free to move."""
    wanted = (str(port.get("published") or "") for port in service.get("ports") or ())
    return [port for port in wanted if port and port != "0" and "-" not in port]


def narrow_ranges(service: Model, replicas: int) -> list[str]:
    """The ranges of ports that hold no second set of its replicas beside the first."""
    wanted = (
        str(port.get("published") or "").partition("-") for port in service.get("ports") or ()
    )
    return [
        f"{first}-{last}"
        for first, _, last in wanted
        if last and replicas and int(last) - int(first) + 1 < 2 * replicas
    ]


def _by_priority(service: Model) -> list[str]:
    """Compose's order: by priority, the highest first, then by name."""
    networks = service.get("networks") or {}
    return sorted(networks, key=lambda key: (-((networks[key] or {}).get("priority") or 0), key))


def _endpoint(service: Model, given: Model, linked: tuple[str, ...]) -> dict[str, Any]:
    aliases = [service["name"], *(given.get("aliases") or ()), *linked]
    settings: dict[str, Any] = {"Aliases": list(dict.fromkeys(aliases))}
    links = service.get("external_links") or ()
    if links:
        settings["Links"] = [link if ":" in link else f"{link}:{link}" for link in links]
    addresses = {
        "IPv4Address": given.get("ipv4_address"),
        "IPv6Address": given.get("ipv6_address"),
        "LinkLocalIPs": given.get("link_local_ips"),
    }
    wanted = {key: value for key, value in addresses.items() if value}
    if wanted:
        settings["IPAMConfig"] = wanted
    if given.get("mac_address"):
        settings["MacAddress"] = given["mac_address"]
    if given.get("driver_opts"):
        settings["DriverOpts"] = given["driver_opts"]
    return settings


def _with_protocol(port: str) -> str:
    return port if "/" in port else f"{port}/tcp"
