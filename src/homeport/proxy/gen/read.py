"""From what the Engine shows to the facts that a template sees. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from homeport.proxy.gen.facts import (
    Address,
    Engine,
    Facts,
    Health,
    Image,
    Mount,
    Network,
    State,
    Strings,
    Volume,
)


class _Binding(msgspec.Struct):
    HostIp: str = ""
    HostPort: str = ""


class _Check(msgspec.Struct):
    Status: str = ""


class _State(msgspec.Struct):
    Running: bool = False
    Health: _Check | None = None


class _Config(msgspec.Struct):
    Image: str = ""
    Hostname: str = ""
    Env: list[str] | None = None
    Labels: dict[str, str] | None = None
    ExposedPorts: dict[str, Any] | None = None


class _Host(msgspec.Struct):
    NetworkMode: str = ""


class _Endpoint(msgspec.Struct):
    IPAddress: str = ""
    Gateway: str = ""
    EndpointID: str = ""
    IPv6Gateway: str = ""
    GlobalIPv6Address: str = ""
    MacAddress: str = ""
    GlobalIPv6PrefixLen: int = 0
    IPPrefixLen: int = 0


class _Settings(msgspec.Struct):
    IPAddress: str = ""
    Gateway: str = ""
    LinkLocalIPv6Address: str = ""
    GlobalIPv6Address: str = ""
    Ports: dict[str, list[_Binding] | None] | None = None
    Networks: dict[str, _Endpoint] | None = None


class _Inspected(msgspec.Struct):
    """What is read of `docker inspect`; the rest is not kept."""

    Id: str
    Name: str
    State: _State
    Config: _Config
    HostConfig: _Host
    NetworkSettings: _Settings
    Created: str = ""
    Mounts: list[Mount] | None = None


def read_facts(inspected: Mapping[str, Any], *, internal: Collection[str] = ()) -> Facts:
    """The facts about a container from `docker inspect`.

    Args:
        inspected: as the Engine gives it.
        internal: the names of the networks from which nobody outside is reached.
    """
    found = msgspec.convert(inspected, _Inspected, strict=False)
    settings, config = found.NetworkSettings, found.Config
    networks = settings.Networks or {}
    bridge = networks.get("bridge") or _Endpoint()
    health = found.State.Health.Status if found.State.Health else ""
    return Facts(
        ID=found.Id,
        Name=found.Name.removeprefix("/"),
        Created=found.Created,
        Hostname=config.Hostname,
        NetworkMode=found.HostConfig.NetworkMode,
        Image=split_image(config.Image),
        State=State(
            Running=found.State.Running,
            Health=Health(Status="" if health == "none" else health),
        ),
        Env=Strings(line.partition("=")[::2] for line in config.Env or ()),
        Labels=Strings(config.Labels or {}),
        Addresses=_addresses(settings, config, bridge),
        Networks=tuple(_network(n, e, n in internal) for n, e in sorted(networks.items())),
        Mounts=tuple(found.Mounts or ()),
        Volumes={m.Destination: _volume(m) for m in found.Mounts or ()},
        # API 1.52 has these of the endpoints alone.
        Gateway=settings.Gateway or bridge.Gateway,
        IP=settings.IPAddress or bridge.IPAddress,
        IP6LinkLocal=settings.LinkLocalIPv6Address,
        IP6Global=settings.GlobalIPv6Address or bridge.GlobalIPv6Address,
    )


def read_engine(version: Mapping[str, Any], info: Mapping[str, Any], own: str) -> Engine:
    """The Engine from `docker version` and `docker info`; `own` is our container's id."""
    return Engine(
        Name=str(info.get("Name", "")),
        NumContainers=int(info.get("Containers", 0)),
        NumImages=int(info.get("Images", 0)),
        Version=str(version.get("Version", "")),
        ApiVersion=str(version.get("ApiVersion", "")),
        GoVersion=str(version.get("GoVersion", "")),
        OperatingSystem=str(version.get("Os", "")),
        Architecture=str(version.get("Arch", "")),
        CurrentContainerID=own,
    )


def split_image(reference: str) -> Image:
    """docker-gen's rule: `rycus86/demo-site:armhf` has the registry `rycus86`."""
    before, slash, after = reference.partition("/")
    registry, rest = (before, after) if slash else ("", reference)
    repository, _, tag = rest.partition(":")
    return Image(Registry=registry, Repository=repository, Tag=tag)


def _addresses(settings: _Settings, config: _Config, bridge: _Endpoint) -> tuple[Address, ...]:
    """A container in an internal network alone has no ports but those that it exposes."""
    ports = settings.Ports or dict.fromkeys(config.ExposedPorts or {})
    return tuple(_address(p, b or [], settings, bridge) for p, b in sorted(ports.items()))


def _address(
    port: str, bindings: list[_Binding], settings: _Settings, bridge: _Endpoint
) -> Address:
    number, _, protocol = port.partition("/")
    binding = bindings[0] if bindings else _Binding()
    return Address(
        IP=settings.IPAddress or bridge.IPAddress,
        IP6LinkLocal=settings.LinkLocalIPv6Address,
        IP6Global=settings.GlobalIPv6Address or bridge.GlobalIPv6Address,
        Port=number,
        Proto=protocol or "tcp",
        HostPort=binding.HostPort,
        HostIP=binding.HostIp,
    )


def _network(name: str, endpoint: _Endpoint, internal: bool) -> Network:
    return Network(
        Name=name,
        IP=endpoint.IPAddress,
        Gateway=endpoint.Gateway,
        EndpointID=endpoint.EndpointID,
        IPv6Gateway=endpoint.IPv6Gateway,
        GlobalIPv6Address=endpoint.GlobalIPv6Address,
        MacAddress=endpoint.MacAddress,
        GlobalIPv6PrefixLen=endpoint.GlobalIPv6PrefixLen,
        IPPrefixLen=endpoint.IPPrefixLen,
        Internal=internal,
    )


def _volume(mount: Mount) -> Volume:
    return Volume(Path=mount.Destination, HostPath=mount.Source, ReadWrite=mount.RW)
