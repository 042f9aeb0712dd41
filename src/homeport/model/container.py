"""A container as the Engine shows it, and how far a rollout came by its name.

The state of a rollout stands in names, so that any process can see and continue it:

    blog-web-2.staged     started, takes no traffic yet
    blog-web-2            in service
    db.leaving            in service until its successor, which took over its fixed name, is routed
    blog-db-1.yielding    takes no new requests: they are held until its successor, which cannot run
                          beside it, is ready
    blog-web-1.draining   takes no new requests; finishes those in flight
    ....stopping          was sent its stop signal, which nobody can take back
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

STAGED = ".staged"
LEAVING = ".leaving"
YIELDING = ".yielding"
DRAINING = ".draining"
STOPPING = ".stopping"
KILLED = 128 + 9  # the exit status of a process that SIGKILL ended


class Phase(StrEnum):
    """How far a container is in its rollout, read from its name."""

    STAGED = "staged"
    IN_SERVICE = "in service"
    LEAVING = "leaving"
    YIELDING = "yielding"
    DRAINING = "draining"
    STOPPING = "stopping"


class Health(StrEnum):
    """What the Engine says of a container's healthcheck; NONE where it has none."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A container's place in one network."""

    network: str  # the network's name
    network_id: str
    address: str  # IPv4, "" where it has none
    address6: str = ""
    aliases: tuple[str, ...] = ()
    gateway: str = ""  # at which it reaches the machine


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """A container as it was observed. Fields that a list does not show are "" or empty."""

    id: str
    name: str  # without the leading slash
    image: str  # the reference it was created from
    image_id: str  # sha256:...
    state: str  # created, running, paused, restarting, exited, dead
    labels: Mapping[str, str]
    endpoints: tuple[Endpoint, ...] = ()
    health: Health = Health.NONE
    exit_code: int = 0
    oom_killed: bool = False
    memory: int = 0  # bytes that it may have; 0: all that there is
    pid: int = 0
    restarts: int = 0
    env: Mapping[str, str] = msgspec.field(default_factory=dict)
    exposed: tuple[str, ...] = ()  # "5000/tcp"
    network_mode: str = ""  # bridge, host, none, container:ID, or a network's name
    started_at: str = ""  # RFC 3339, as the Engine writes it
    volumes: Mapping[str, str] = msgspec.field(
        default_factory=dict
    )  # where it mounts -> volume's name
    writes: tuple[
        str, ...
    ] = ()  # volumes by name, and folders of the machine, that it may write to
    published: tuple[str, ...] = ()  # "0.0.0.0:8080/tcp"; a list shows them
    stop_signal: int = 15  # what `docker stop` sends it first
    stop_requested: bool = False  # a stop signal was sent, by anyone; it is not ours to route

    @property
    def phase(self) -> Phase:
        """How far its rollout came."""
        for suffix, phase in _PHASES.items():
            if self.name.endswith(suffix):
                return phase
        return Phase.IN_SERVICE

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self.state == "running"

    @property
    def project(self) -> str:
        """The compose project, "" where it has none."""
        return self.labels.get("com.docker.compose.project", "")

    @property
    def service(self) -> str:
        """The service in its compose project, "" where it has none."""
        return self.labels.get("com.docker.compose.service", "")


_PHASES = {
    STAGED: Phase.STAGED,
    LEAVING: Phase.LEAVING,
    YIELDING: Phase.YIELDING,
    DRAINING: Phase.DRAINING,
    STOPPING: Phase.STOPPING,
}


def base_name(name: str) -> str:
    """Return a container's name without the suffixes that tell its phase."""
    for suffix in _PHASES:
        if name.endswith(suffix):
            return base_name(name.removesuffix(suffix))
    return name
