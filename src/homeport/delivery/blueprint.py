"""What a commit asks for: its compose file, or its Dockerfile alone; kept with each release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from msgspec.structs import replace

from homeport.model.app import App, Release
from homeport.model.stack import Build, Service, Stack
from homeport.stack.model import read_stack
from homeport.stack.single import single_service

SINGLE = "web"  # the service of a repository without a compose file


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """Everything that a stack is made of, but its images. A release keeps it as JSON."""

    app: str
    directory: str  # the checkout
    model: dict[str, Any] = field(default_factory=dict)  # `docker compose config`; {}: Dockerfile
    hashes: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    host: str = ""  # where a Dockerfile alone is routed
    port: int = 0  # what it EXPOSEs
    deadline: float = 60.0
    drain: float = 30.0

    def stack(self, images: Mapping[str, str], scale: Mapping[str, int]) -> Stack:
        """The stack, with the image reference of each service that is built."""
        if not self.model:
            return self._single(images, scale)
        return read_stack(
            self.model,
            hashes=self.hashes,
            project=self.app,
            directory=self.directory,
            files=self.files,
            images=images,
            scale=scale,
            deadline=self.deadline,
            drain=self.drain,
        )

    def builds(self) -> dict[str, Build]:
        """How each service is built that is."""
        if not self.model:
            return {SINGLE: Build(context=self.directory)}
        services = self.stack({}, {}).services
        return {name: s.build for name, s in services.items() if s.build}

    def watched(self) -> dict[str, str]:
        """The image of each service that follows its tag."""
        return {name: s.image for name, s in self._foreign() if s.watch}

    def asked_for(self) -> dict[str, str]:
        """The image of each service for which each release asks what its tag names now."""
        foreign = self._foreign()
        return {n: s.image for n, s in foreign if s.watch or s.pull_policy == "always"}

    def _foreign(self) -> list[tuple[str, Service]]:
        """The services whose images are built elsewhere."""
        services = self.stack({}, {}).services.items() if self.model else ()
        return [(name, service) for name, service in services if not service.build]

    def platforms(self, service: str) -> tuple[str, ...]:
        """What the file says that the image of a service is published for."""
        return self.stack({}, {}).services[service].platforms if self.model else ()

    def image_names(self) -> dict[str, str]:
        """The `image:` of each service that is built, where the file names one."""
        services = self.model.get("services") or {}
        return {name: s["image"] for name, s in services.items() if s.get("image")}

    def _single(self, images: Mapping[str, str], scale: Mapping[str, int]) -> Stack:
        stack = single_service(
            self.app, images.get(SINGLE, ""), exposed_port=self.port, host=self.host
        )
        service = replace(
            stack.services[SINGLE],
            replicas=scale.get(SINGLE, 1),
            deadline=self.deadline,
            drain=self.drain,
        )
        return replace(stack, services={SINGLE: service})


def to_json(blueprint: Blueprint, references: Mapping[str, str]) -> str:
    """What a release keeps: the blueprint, and the image reference of each service."""
    return json.dumps({"blueprint": asdict(blueprint), "images": dict(references)})


def blueprint_of(release: Release) -> Blueprint:
    """What a release was made of."""
    values = json.loads(release.config)["blueprint"]
    return Blueprint(**{**values, "files": tuple(values["files"])})


def stack_of(release: Release, app: App) -> Stack:
    """The stack of a release, with the replicas that the app is scaled to."""
    return blueprint_of(release).stack(json.loads(release.config)["images"], app.scale)
