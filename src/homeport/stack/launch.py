"""One replica comes up: it is created, given its files, started, and waited for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.model.plan import (
    Action,
    AwaitCompleted,
    AwaitHealthy,
    CreateContainer,
    GiveFiles,
    StartContainer,
)
from homeport.model.stack import Condition, Service, Stack
from homeport.stack.inherit import inherited
from homeport.stack.labels import replica_labels
from homeport.stack.replicas import MAY_END, NewReplica, restart_policy
from homeport.stack.steps import Steps


class Launch:
    """Adds the steps of single replicas."""

    def __init__(
        self,
        steps: Steps,
        stack: Stack,
        names: dict[str, str],
        *,
        pulled: Mapping[str, int],
        instance: str,
    ) -> None:
        """`names`: service -> one of its containers, to be shared; `pulled`: image -> its pull."""
        self._steps, self._stack, self._names = steps, stack, names
        self._pulled, self._instance = pulled, instance

    def create(
        self, service: Service, replica: NewReplica, volumes: Mapping[str, str], before: list[int]
    ) -> int:
        """Create a replica, with its files; it mounts `volumes`, which its predecessor has."""
        action = CreateContainer(
            target=replica.staged,
            body=inherited(self._body(service, replica), volumes),
            networks=service.networks,
            platform=service.platform,
            hashed=service.hashed,
            shares={other: self._names.get(other, other) for other in service.shares},
        )
        pulled = [self._pulled[service.image]] if service.image in self._pulled else []
        created = self._steps.add(service.name, action, replica.why, [*before, *pulled])
        self._names.setdefault(service.name, replica.staged)  # Compose joins the first
        if service.files:
            give = GiveFiles(target=replica.staged, files=service.files)
            created = self._steps.add(service.name, give, "its secrets and configs", [created])
        return created

    def start(self, service: Service, target: str, before: list[int], why: str) -> int:
        """Start a container, and wait until it is ready; the step of the wait."""
        name = service.name
        started = self._steps.add(name, StartContainer(target=target), why, before)
        self._steps.started.setdefault(name, []).append(started)
        return self.wait(service, target, [started], "before it takes its place")

    def wait(self, service: Service, target: str, before: list[int], why: str) -> int:
        """Wait until a container that was started is ready, or has done its work."""
        name = service.name
        if self._is_job(name):
            wait: Action = AwaitCompleted(target=target, seconds=service.deadline)
            step = self._steps.add(name, wait, "others wait until it has completed", before)
        else:
            routed = bool(service.hosts)
            wait = AwaitHealthy(
                target=target,
                seconds=service.deadline,
                port=service.port if routed else 0,
                routed=routed,
                checked=self._is_health_awaited(name),
                may_end=not routed and restart_policy(service.body) in MAY_END,
            )
            step = self._steps.add(name, wait, f"{why}, at most {service.deadline:g} s", before)
        self._steps.ready.setdefault(name, []).append(step)
        return step

    def _is_job(self, name: str) -> bool:
        """Whether others wait for it to end: it is never in service."""
        return self._awaited(name, Condition.COMPLETED)

    def _is_health_awaited(self, name: str) -> bool:
        return self._awaited(name, Condition.HEALTHY)

    def _awaited(self, name: str, condition: Condition) -> bool:
        return any(
            dependency.service == name and dependency.condition is condition
            for other in self._stack.services.values()
            for dependency in other.depends_on
        )

    def _body(self, service: Service, replica: NewReplica) -> dict[str, Any]:
        labels = {
            **(service.body.get("Labels") or {}),
            **replica_labels(self._stack, service, number=replica.number, instance=self._instance),
        }
        return {**service.body, "Image": service.image, "Labels": labels} | self._shared(service)

    def _shared(self, service: Service) -> dict[str, Any]:
        """`network_mode: service:x` and its like, with the name that x has by then."""
        if not service.shares:
            return {}
        host = dict(service.body.get("HostConfig") or {})
        for key in ("NetworkMode", "IpcMode", "PidMode"):
            kind, _, other = str(host.get(key, "")).partition(":")
            if kind == "service":
                host[key] = f"container:{self._names.get(other, other)}"
        sources = host.get("VolumesFrom") or ()
        if sources:
            host["VolumesFrom"] = [self._source(str(source)) for source in sources]
        return {"HostConfig": host}

    def _source(self, source: str) -> str:
        """`SERVICE[:ro]` with the name of its container, or `container:NAME[:ro]` without that."""
        if source.startswith("container:"):
            return source.removeprefix("container:")
        other, colon, mode = source.partition(":")
        return self._names.get(other, other) + colon + mode
