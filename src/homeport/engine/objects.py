"""What the Engine shows, in our own types: containers, images, networks, volumes, events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from homeport.engine.signals import signal_number
from homeport.model.container import Container, Endpoint, Health

_NETWORK = ("Driver", "Internal", "Attachable", "EnableIPv6", "Options", "IPAM")


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What answered: the Engine's version, and the API version that is spoken with it."""

    engine: str
    api: tuple[int, int]
    os: str
    arch: str


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """An image as the Engine has it."""

    id: str
    tags: tuple[str, ...]
    digests: tuple[str, ...]
    exposed: tuple[str, ...]
    volumes: tuple[str, ...]
    has_healthcheck: bool
    architecture: str
    labels: Mapping[str, str]
    size: int
    triggers: bool = False  # ONBUILD: a build that starts from it does more than its own file says


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """What an Engine takes of its disk, in bytes. What images and cache share is the images'."""

    images: int
    cache: int


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A network as the Engine has it. `containers` are ids, where it was inspected."""

    id: str
    name: str
    driver: str
    labels: Mapping[str, str]
    gateway: str = ""
    internal: bool = False
    containers: tuple[str, ...] = ()
    settings: Mapping[str, Any] = msgspec.field(default_factory=dict)  # as it was made with


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """A volume as the Engine has it."""

    name: str
    driver: str
    labels: Mapping[str, str]
    settings: Mapping[str, Any] = msgspec.field(default_factory=dict)  # as it was made with


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the Engine: what happened (`start`, `die`, `rename`, ...) to which object."""

    kind: str  # container, network, image, volume, daemon
    action: str
    id: str
    attributes: Mapping[str, str]
    time_nano: int


def inspected(found: Mapping[str, Any]) -> Container:
    """A container from `docker inspect`."""
    state, config = found["State"], found["Config"]
    health = (state.get("Health") or {}).get("Status", "none")
    return Container(
        id=found["Id"],
        name=found["Name"].removeprefix("/"),
        image=config["Image"],
        image_id=found["Image"],
        state=state["Status"],
        labels=config.get("Labels") or {},
        endpoints=_endpoints(found["NetworkSettings"].get("Networks") or {}),
        health=Health(health or "none"),
        exit_code=state["ExitCode"],
        oom_killed=state.get("OOMKilled", False),
        memory=found["HostConfig"].get("Memory", 0),
        pid=state.get("Pid", 0),
        restarts=found.get("RestartCount", 0),
        env=dict(line.partition("=")[::2] for line in config.get("Env") or ()),
        exposed=tuple(config.get("ExposedPorts") or ()),
        network_mode=found["HostConfig"].get("NetworkMode", ""),
        started_at=state.get("StartedAt", ""),
        volumes=_volumes(found),
        writes=tuple(_writes(found)),
        stop_signal=signal_number(config.get("StopSignal") or "SIGTERM"),
    )


def listed(found: Mapping[str, Any]) -> Container:
    """A container as a list shows it."""
    names = [name.removeprefix("/") for name in found.get("Names") or ()]
    return Container(
        id=found["Id"],
        # Links give a container further names of the form other/alias.
        name=next((name for name in names if "/" not in name), found["Id"][:12]),
        image=found["Image"],
        image_id=found["ImageID"],
        state=found["State"],
        labels=found.get("Labels") or {},
        endpoints=_endpoints((found.get("NetworkSettings") or {}).get("Networks") or {}),
        health=_listed_health(found.get("Status", "")),
        exit_code=_listed_exit(found.get("Status", "")),
        network_mode=(found.get("HostConfig") or {}).get("NetworkMode", ""),
        volumes=_volumes(found),
        writes=tuple(_writes(found)),
        published=tuple(_published(found.get("Ports") or ())),
    )


def _published(ports: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for port in ports:
        if port.get("PublicPort"):
            yield f"{port.get('IP', '')}:{port['PublicPort']}/{port.get('Type', 'tcp')}"


def _listed_health(status: str) -> Health:
    """From `Up 3 seconds (health: starting)`, `Up 2 minutes (healthy)`."""
    for health in (Health.UNHEALTHY, Health.HEALTHY):
        if f"({health})" in status:
            return health
    return Health.STARTING if "(health: starting)" in status else Health.NONE


def _listed_exit(status: str) -> int:
    """From `Exited (137) 3 seconds ago`."""
    number = status.removeprefix("Exited (").partition(")")[0]
    return int(number) if status.startswith("Exited (") and number.isdigit() else 0


def _volumes(found: Mapping[str, Any]) -> dict[str, str]:
    mounts = found.get("Mounts") or ()
    return {m["Destination"]: m["Name"] for m in mounts if m.get("Type") == "volume"}


def _writes(found: Mapping[str, Any]) -> Iterator[str]:
    for mount in found.get("Mounts") or ():
        if mount.get("RW") and mount.get("Type") in ("volume", "bind"):
            yield mount["Name"] if mount["Type"] == "volume" else mount["Source"]


def _endpoints(networks: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    return tuple(
        Endpoint(
            network=name,
            network_id=settings.get("NetworkID", ""),
            address=settings.get("IPAddress", ""),
            address6=settings.get("GlobalIPv6Address", ""),
            aliases=tuple(settings.get("Aliases") or ()),
            gateway=settings.get("Gateway", ""),
        )
        for name, settings in sorted(networks.items())
    )


def image(found: Mapping[str, Any]) -> Image:
    """An image from `docker inspect`."""
    config = found.get("Config") or {}
    check = (config.get("Healthcheck") or {}).get("Test") or []
    return Image(
        id=found["Id"],
        tags=tuple(found.get("RepoTags") or ()),
        digests=tuple(found.get("RepoDigests") or ()),
        exposed=tuple(config.get("ExposedPorts") or ()),
        volumes=tuple(config.get("Volumes") or ()),
        has_healthcheck=bool(check) and check[0] != "NONE",
        architecture=found.get("Architecture", ""),
        labels=config.get("Labels") or {},
        size=found.get("Size", 0),
        triggers=bool(config.get("OnBuild")),
    )


def network(found: Mapping[str, Any]) -> Network:
    """A network from a list or from `docker inspect`."""
    pools = (found.get("IPAM") or {}).get("Config") or [{}]
    return Network(
        id=found["Id"],
        name=found["Name"],
        driver=found.get("Driver", ""),
        labels=found.get("Labels") or {},
        gateway=pools[0].get("Gateway", ""),
        internal=found.get("Internal", False),
        containers=tuple(found.get("Containers") or ()),
        settings={key: found.get(key) for key in _NETWORK},
    )


def volume(found: Mapping[str, Any]) -> Volume:
    """A volume from a list or from `docker inspect`."""
    settings = {key: found.get(key) for key in ("Driver", "Options")}
    labels = found.get("Labels") or {}
    return Volume(name=found["Name"], driver=found["Driver"], labels=labels, settings=settings)
