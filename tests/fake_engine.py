"""An Engine in memory, for planning at scale and for faults.

tests/engine/test_contract.py keeps it honest.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from homeport.engine.docker import Docker
from homeport.engine.objects import Image, Network, Volume
from homeport.errors import EngineError, HomeportError, NotFound
from homeport.model.container import Container, Endpoint, Health
from homeport.stack.handed_on import writes_of

Fault = Callable[[str, str], None]


@dataclass(slots=True)
class FakeDocker(Docker):
    """Containers, networks, volumes and images, with the Engine's own refusals.

    `fault` is called with each operation and its target before it is done, and may raise.
    """

    fault: Fault = lambda operation, target: None
    every_image: bool = False  # whether each image that is asked for is there
    has_ports: bool = False  # whether a port of its machine has one user
    _containers: dict[str, Container] = field(default_factory=dict)
    _networks: dict[str, Network] = field(default_factory=dict)
    _volumes: dict[str, Volume] = field(default_factory=dict)
    _images: dict[str, Image] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    is_local = False  # it has no machine, and no ports of one

    # -- containers

    async def containers(
        self, *, labels: tuple[str, ...] = (), every: bool = True, name: str = ""
    ) -> list[Container]:
        """Those that match."""
        found = [c for c in self._containers.values() if every or c.running]
        return [c for c in found if _labelled(c.labels, labels) and name in c.name]

    async def container(self, name: str) -> Container:
        """One, by name or id."""
        for container in self._containers.values():
            if name in (container.name, container.id):
                return container
        raise NotFound(f"No such container: {name}")

    async def inspect(self, name: str) -> dict[str, Any]:
        """As little of it as is asked for."""
        found = await self.container(name)
        return {"Id": found.id, "Name": f"/{found.name}"}

    async def create_container(
        self, name: str, body: Mapping[str, Any], *, platform: str = ""
    ) -> str:
        """Refused where the name is taken, or something that it needs is missing."""
        self.fault("create", name)
        self._check_name(name)
        image = await self.image(str(body["Image"]))
        networks = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
        number = next(self._ids)
        container = Container(
            id=f"{number:064x}",
            name=name,
            image=str(body["Image"]),
            image_id=image.id,
            state="created",
            labels=dict(body.get("Labels") or {}),
            endpoints=tuple(self._endpoint(n, number) for n in networks),
            health=Health.STARTING if body.get("Healthcheck", {}).get("Test") else Health.NONE,
            network_mode=str((body.get("HostConfig") or {}).get("NetworkMode", "")),
            writes=tuple(sorted(writes_of(body))),
            published=tuple(_published(body)),
        )
        self._containers[container.id] = container
        return container.id

    async def start(self, name: str) -> None:
        """A container whose process runs, and is well; refused where a port of it is taken."""
        self.fault("start", name)
        found = await self.container(name)
        others = [c for c in self._containers.values() if c.running and c.id != found.id]
        if self.has_ports and any({*c.published} & {*found.published} for c in others):
            raise EngineError("port is already allocated", status=500)
        health = Health.NONE if found.health is Health.NONE else Health.HEALTHY
        self.change(found, state="running", health=health, started_at=str(next(self._ids)))

    async def stop(self, name: str, *, grace: int | None = None) -> None:
        """It ends well."""
        self.fault("stop", name)
        self.change(await self.container(name), state="exited", exit_code=0)

    async def stay_stopped(self, name: str) -> None:
        """It has to be there."""
        self.fault("stay_stopped", name)
        await self.container(name)

    async def rename(self, name: str, to: str) -> None:
        """Refused where the name is taken."""
        self.fault("rename", name)
        found = await self.container(name)
        self._check_name(to)
        self.change(found, name=to)

    async def remove_container(
        self, name: str, *, force: bool = False, volumes: bool = False
    ) -> None:
        """Refused where it runs and nobody forces it."""
        self.fault("remove", name)
        found = await self.container(name)
        if found.running and not force:
            raise EngineError("You cannot remove a running container", status=409)
        del self._containers[found.id]

    # -- images

    @property
    def many_networks_at_creation(self) -> bool:
        """As the newest Engines."""
        return True

    async def image(self, reference: str) -> Image:
        """One that is there, or any where `every_image`."""
        if reference not in self._images:
            if not self.every_image:
                raise NotFound(f"No such image: {reference}")
            self.add_image(reference)
        return self._images[reference]

    def add_image(self, reference: str, version: str = "") -> str:
        """Let there be an image; its id."""
        digest = hashlib.sha256(f"{reference} {version}".encode()).hexdigest()
        self._images[reference] = Image(
            id=f"sha256:{digest}", tags=(reference,), digests=(), exposed=(), volumes=(),
            has_healthcheck=True, architecture="amd64", labels={}, size=1,
        )  # fmt: skip
        return f"sha256:{digest}"

    # -- networks and volumes

    async def networks(self, *, labels: tuple[str, ...] = ()) -> list[Network]:
        """Those that match."""
        return [n for n in self._networks.values() if _labelled(n.labels, labels)]

    async def create_network(self, name: str, body: Mapping[str, Any]) -> None:
        """Refused where there is one of that name."""
        self.fault("create network", name)
        if name in self._networks:
            raise EngineError(f"network with name {name} already exists", status=409)
        labels = dict(body.get("Labels") or {})
        self._networks[name] = Network(id=name, name=name, driver="bridge", labels=labels)

    async def connect(
        self, network: str, container: str, settings: Mapping[str, Any] | None = None
    ) -> None:
        """Refused where it is in it already."""
        self.fault("connect", container)
        found = await self.container(container)
        if network not in self._networks:
            raise NotFound(f"No such network: {network}")
        if network in [e.network for e in found.endpoints]:
            raise EngineError(f"endpoint {container} already exists in {network}", status=403)
        endpoint = self._endpoint(network, next(self._ids) % 250)
        self.change(found, endpoints=(*found.endpoints, endpoint))

    async def remove_network(self, name: str) -> None:
        """Refused where somebody is in it."""
        self.fault("remove network", name)
        if name not in self._networks:
            raise NotFound(f"No such network: {name}")
        if any(e.network == name for c in self._containers.values() for e in c.endpoints):
            raise EngineError(f"network {name} has active endpoints", status=403)
        del self._networks[name]

    async def volumes(self, *, labels: tuple[str, ...] = ()) -> list[Volume]:
        """Those that match."""
        return [v for v in self._volumes.values() if _labelled(v.labels, labels)]

    async def create_volume(self, name: str, body: Mapping[str, Any]) -> None:
        """Nothing where it is there."""
        labels = dict(body.get("Labels") or {})
        self._volumes.setdefault(name, Volume(name=name, driver="local", labels=labels))

    async def remove_volume(self, name: str) -> None:
        """It has to be there."""
        if name not in self._volumes:
            raise NotFound(f"No such volume: {name}")
        del self._volumes[name]

    # -- how

    def _endpoint(self, network: str, number: int) -> Endpoint:
        if network not in self._networks:
            raise NotFound(f"network {network} not found")
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return Endpoint(network=network, network_id=network, address=address)

    def _check_name(self, name: str) -> None:
        if any(c.name == name for c in self._containers.values()):
            raise EngineError(f'The container name "/{name}" is already in use', status=409)

    def change(self, container: Container, **values: Any) -> None:
        """Let a container be otherwise."""
        self._containers[container.id] = replace(container, **values)


def _published(body: Mapping[str, Any]) -> Iterator[str]:
    for target, found in ((body.get("HostConfig") or {}).get("PortBindings") or {}).items():
        for binding in found:
            if binding["HostPort"] not in ("", "0") and "-" not in binding["HostPort"]:
                yield f"{binding['HostIp']}:{binding['HostPort']}/{target.partition('/')[2]}"


def failing(at: int) -> Fault:
    """A fault at the nth operation, once."""
    numbers = itertools.count(1)

    def fault(operation: str, target: str) -> None:
        if next(numbers) == at:
            raise HomeportError(f"{operation} {target} failed, as the test asked")

    return fault


def _labelled(labels: Mapping[str, str], wanted: tuple[str, ...]) -> bool:
    pairs = (text.partition("=") for text in wanted)
    return all(key in labels and (not eq or labels[key] == value) for key, eq, value in pairs)
