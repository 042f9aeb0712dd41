"""A stack as it is wanted: services, networks and volumes, in the Engine's own terms."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec


class Condition(StrEnum):
    """What a service waits for in another, in Compose's words."""

    STARTED = "service_started"
    HEALTHY = "service_healthy"
    COMPLETED = "service_completed_successfully"


class Order(StrEnum):
    """Whether the new replica starts beside the old, or after it stopped."""

    START_FIRST = "start-first"
    STOP_FIRST = "stop-first"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How the replicas of a service are replaced: `deploy.update_config`, or `rollback_config`."""

    parallelism: int | None = None  # replicas at a time; 0: all; None where nothing is said
    delay: float = 0.0  # seconds between one batch and the next
    monitor: float | None = None  # seconds for which the new are looked at once they are live
    failure_action: str = "rollback"  # rollback, pause, continue: what a failure then leads to
    max_failure_ratio: float = 0.0  # share of the replicas that may fail without that
    order: Order | None = None


class Dependency(msgspec.Struct, frozen=True, kw_only=True):
    """`service` has to be in `condition` first. `restart`: follow it when it is replaced."""

    service: str
    condition: Condition
    required: bool = True
    restart: bool = False


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """How the image of a service is built: the compose file's `build`, paths absolute."""

    context: str
    dockerfile: str = ""  # path relative to the context, or absolute; "" is Dockerfile
    dockerfile_inline: str = ""
    target: str = ""
    args: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    contexts: Mapping[str, str] = msgspec.field(default_factory=dict)
    cache_from: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    network: str = ""
    platforms: tuple[str, ...] = ()
    pull: bool = False
    no_cache: bool = False
    shm_size: str = ""
    tags: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()  # buildx's own notation: id=x,src=/path
    ssh: tuple[str, ...] = ()


class GivenFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a container is given before it starts; `content` may be a secret."""

    path: str
    content: str
    mode: int = 0o444
    uid: int = 0
    gid: int = 0


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service: the container that each of its replicas is, and how they are replaced."""

    name: str
    image: str  # the reference that its containers are created from
    config_hash: str  # `docker compose config --hash`, so that compose sees its own
    body: Mapping[str, Any]  # POST /containers/create, but Image and the labels of one replica
    networks: Mapping[str, Mapping[str, Any]]  # network's real name -> EndpointSettings
    build: Build | None = None
    replicas: int = 1
    container_name: str = ""
    depends_on: tuple[Dependency, ...] = ()
    platform: str = ""
    pull_policy: str = ""  # "", always, never, missing, build
    order: Order = Order.START_FIRST
    order_why: str = "stateless"
    alone: str = ""  # what the Engine gives to one container: `fixed host port 80`
    update: Policy = Policy()
    rollback: Policy = Policy()
    has_healthcheck: bool = False
    deadline: float = 60.0  # seconds from start to ready
    files: tuple[GivenFile, ...] = ()
    # Files of the machine that it reads, by path, and a digest of what stands in them.
    mounted: Mapping[str, str] = msgspec.field(default_factory=dict)
    port: int = 0  # where it must accept when it has no healthcheck; 0: the image's own
    stop_grace: int | None = (
        10  # seconds from the stop signal to the kill; None: its containers' own
    )
    drain: float = 30.0  # seconds that requests in flight may take
    hold: float = 0.0  # seconds that a request waits for it to be there; 0: the proxy's default
    # `x-homeport.route`, by dotted name: how the proxy serves its hosts.
    route: Mapping[str, str] = msgspec.field(default_factory=dict)
    platforms: tuple[str, ...] = ()  # what its image is published for; (): this box's
    watch: bool = False  # whether it follows its image's tag, where another box builds that
    hosts: tuple[str, ...] = ()  # VIRTUAL_HOST, as far as it names hosts
    unroutable: str = ""  # why what it asks of the proxy cannot be; it has no hosts then
    # Services whose namespaces or volumes it joins: its body says `service:NAME` (NetworkMode,
    # IpcMode, PidMode, VolumesFrom), and the planner puts in the name of NAME's container.
    shares: tuple[str, ...] = ()
    hashed: str = ""  # what Compose hashes, where it `shares`: the hash is known with the ids
    leaves: bool = False  # it is no longer in the stack: only its containers are there

    @property
    def routed(self) -> bool:
        """Whether requests may be on their way to it. Of one that leaves, only the proxy knows."""
        return bool(self.hosts) or self.leaves


class NetworkSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A network of the stack. `external`: it has to be there, and is never made or removed."""

    key: str
    name: str
    external: bool = False
    optional: bool = False  # whether the stack can do without it, where the Engine has no room
    body: Mapping[str, Any] = msgspec.field(default_factory=dict)  # POST /networks/create


class VolumeSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A volume of the stack. `external`: it has to be there, and is never made or removed."""

    key: str
    name: str
    external: bool = False
    body: Mapping[str, Any] = msgspec.field(default_factory=dict)  # POST /volumes/create


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """What a project should be. Its name is the compose project's."""

    name: str
    services: Mapping[str, Service]
    networks: Mapping[str, NetworkSpec] = msgspec.field(default_factory=dict)
    volumes: Mapping[str, VolumeSpec] = msgspec.field(default_factory=dict)
    warnings: tuple[str, ...] = ()  # keys that are not carried out, each named
    directory: str = ""  # the project directory, for compose's labels
    config_files: tuple[str, ...] = ()
    environment_file: str = ""
    off: tuple[str, ...] = ()  # services whose profile is off: what runs of them is left alone
    dns: str = ""  # of its hosts' records: "off", or `PROVIDER:ZONE`; "": where they fit
    named: bool = True  # whether somebody said its name; else it is its folder's

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name that the stack asks for, in the order of its services."""
        return tuple(dict.fromkeys(h for s in self.services.values() for h in s.hosts))
