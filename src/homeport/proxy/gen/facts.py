"""The facts about containers that a template sees. Pure.

Names and shapes are those of docker-gen's `RuntimeContainer` (its README, Emit Structure), so that
a field path such as `Env.VIRTUAL_HOST` says here what it says there.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Strings(dict[str, str]):
    """Names and texts; one that is not there is "", as it is for a Go template."""

    def __missing__(self, key: str) -> str:
        return ""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A port that a container exposes, and where it is published; "" where it is not."""

    IP: str = ""
    IP6LinkLocal: str = ""
    IP6Global: str = ""
    Port: str = ""
    HostPort: str = ""
    Proto: str = ""
    HostIP: str = ""


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A container's place in a network. `Internal`: nobody outside is reached from it."""

    Name: str
    IP: str = ""
    Gateway: str = ""
    EndpointID: str = ""
    IPv6Gateway: str = ""
    GlobalIPv6Address: str = ""
    MacAddress: str = ""
    GlobalIPv6PrefixLen: int = 0
    IPPrefixLen: int = 0
    Internal: bool = False


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What a container was made from: what stands before the first slash is the registry."""

    Registry: str = ""
    Repository: str = ""
    Tag: str = ""

    def __str__(self) -> str:
        name = f"{self.Registry}/{self.Repository}" if self.Registry else self.Repository
        return f"{name}:{self.Tag}" if self.Tag else name


class Mount(msgspec.Struct, frozen=True, kw_only=True):
    """A volume or a folder of the machine in a container."""

    Name: str = ""
    Source: str = ""
    Destination: str = ""
    Driver: str = ""
    Mode: str = ""
    RW: bool = False


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """A mount by the path that the container sees."""

    Path: str
    HostPath: str = ""
    ReadWrite: bool = False


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`Status`: starting, healthy, unhealthy; "" without a healthcheck."""

    Status: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Whether its process runs, and how it is."""

    Running: bool = False
    Health: Health = Health()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One container."""

    ID: str
    Name: str
    Created: str = ""  # RFC 3339, as the Engine writes it
    Hostname: str = ""
    NetworkMode: str = ""
    Image: Image = Image()
    State: State = State()
    Env: Mapping[str, str] = msgspec.field(default_factory=Strings)
    Labels: Mapping[str, str] = msgspec.field(default_factory=Strings)
    Addresses: tuple[Address, ...] = ()
    Networks: tuple[Network, ...] = ()
    Mounts: tuple[Mount, ...] = ()
    Volumes: Mapping[str, Volume] = msgspec.field(default_factory=dict)
    Gateway: str = ""
    IP: str = ""  # that of the network `bridge`
    IP6LinkLocal: str = ""
    IP6Global: str = ""

    @property
    def PublishedAddresses(self) -> tuple[Address, ...]:
        """Those that a port of the machine leads to."""
        return tuple(address for address in self.Addresses if address.HostPort)


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """The Engine, `docker` in a template. The numbers are those of the last list."""

    Name: str = ""
    NumContainers: int = 0
    NumImages: int = 0
    Version: str = ""
    ApiVersion: str = ""
    GoVersion: str = ""
    OperatingSystem: str = ""
    Architecture: str = ""
    CurrentContainerID: str = ""  # of the container that this runs in; "" where it is in none
