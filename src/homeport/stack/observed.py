"""The nouns of an observation: what the planner is told of the Engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from homeport.model.container import Container


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """A project on an Engine. Networks and volumes are name -> project ("" for nobody's)."""

    project: str
    containers: tuple[Container, ...] = ()
    networks: Mapping[str, str] = msgspec.field(default_factory=dict)
    network_labels: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    # `network NAME` and `volume NAME` of the project -> what it was made with, as the Engine says.
    made: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    volumes: Mapping[str, str] = msgspec.field(default_factory=dict)
    images: Mapping[str, str] = msgspec.field(default_factory=dict)  # reference -> image id
    unchecked: frozenset[str] = frozenset()  # references of images that have no healthcheck
    # A port of the host, as it is wanted (`8080/tcp`) -> why it cannot be had.
    taken: Mapping[str, str] = msgspec.field(default_factory=dict)
    # Other folders that containers of this project were made from, and whose files are there still.
    folders: frozenset[str] = frozenset()

    def of_service(self, name: str) -> tuple[Container, ...]:
        """The containers of a service, those of `docker compose run` left out."""
        return tuple(c for c in self.containers if c.service == name and not is_oneoff(c))


def is_oneoff(container: Container) -> bool:
    """Whether `docker compose run` made it: it is a person's, and never ours to touch."""
    return container.labels.get("com.docker.compose.oneoff", "").lower() == "true"


def number_of(container: Container) -> int:
    """Its replica number, 0 where it has none."""
    text = container.labels.get("com.docker.compose.container-number", "")
    return int(text) if text.isdigit() else 0
