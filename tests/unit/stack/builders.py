"""Stacks and observations, small enough to read in a test."""

from __future__ import annotations

from typing import Any

from homeport.model.container import Container, Health
from homeport.model.stack import NetworkSpec, Service, Stack, VolumeSpec
from homeport.stack.observed import Observed

OLD, NEW = "sha256:3f2a1c9000", "sha256:8bd01e2000"


def service(name: str, **values: Any) -> Service:
    """A service as plain as can be."""
    defaults: dict[str, Any] = {
        "image": f"{name}:1",
        "config_hash": f"hash-{name}",
        "body": {"HostConfig": {"RestartPolicy": {"Name": "always"}}},
        "networks": {"blog_default": {"Aliases": [name]}},
        "deadline": 40.0,
    }
    return Service(name=name, **{**defaults, **values})


def stack(*services: Service, **values: Any) -> Stack:
    """Project `blog` with its default network."""
    networks = {"default": NetworkSpec(key="default", name="blog_default")}
    defaults: dict[str, Any] = {"networks": networks}
    return Stack(name="blog", services={s.name: s for s in services}, **{**defaults, **values})


def container(name: str, of: str, number: int = 1, **values: Any) -> Container:
    """A running container of service `of`, as wanted unless it says otherwise."""
    labels = {
        "com.docker.compose.project": "blog",
        "com.docker.compose.service": of,
        "com.docker.compose.container-number": str(number),
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.config-hash": values.pop("config_hash", f"hash-{of}"),
    }
    defaults: dict[str, Any] = {
        "id": name,
        "name": name,
        "image": f"{of}:1",
        "image_id": OLD,
        "state": "running",
        "labels": labels,
        "health": Health.NONE,
    }
    return Container(**{**defaults, **values})


def observed(
    *containers: Container, images: dict[str, str] | None = None, **values: Any
) -> Observed:
    """What is there of project `blog`; its network is."""
    defaults: dict[str, Any] = {"networks": {"blog_default": "blog"}}
    found = {c.image: OLD for c in containers} if images is None else images
    return Observed(project="blog", containers=containers, images=found, **{**defaults, **values})


DATA = VolumeSpec(key="data", name="blog_data")
