"""The first half of a service's rollout: its new replicas come up, and are ready. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from homeport.model.container import Container, Phase
from homeport.model.plan import (
    Action,
    AwaitCompleted,
    AwaitHealthy,
    CreateContainer,
    Drain,
    GiveFiles,
    RenameContainer,
    StartContainer,
    StopContainer,
)
from homeport.model.stack import Condition, Order, Service, Stack
from homeport.stack.graph import depends_transitively
from homeport.stack.inherit import heirlooms, inherited
from homeport.stack.labels import replica_labels
from homeport.stack.replicas import NewReplica, Replicas
from homeport.stack.steps import Steps, leaving_name


class BringUp:
    """Adds the steps until each service is ready, in depends_on order."""

    def __init__(
        self,
        steps: Steps,
        stack: Stack,
        replicas: Mapping[str, Replicas],
        *,
        base: list[int],
        pulled: Mapping[str, int],
        instance: str,
    ) -> None:
        """`base` are the steps that everything waits for; `pulled`: image -> its pull."""
        self._steps, self._stack, self._replicas = steps, stack, replicas
        self._base, self._pulled, self._instance = base, pulled, instance
        self._names: dict[str, str] = {
            name: found.keep[0].name for name, found in replicas.items() if found.keep
        }

    def service(self, name: str) -> None:
        """Create and start what is new of service `name`, and wait until it is ready."""
        service, found = self._stack.services[name], self._replicas[name]
        for leftover in found.gone:
            self._clear(name, leftover)
        before = self._base + self._dependencies(service)
        if service.order is Order.STOP_FIRST:  # its state has one user at a time
            before += [self._steps.frees[leftover.name] for leftover in found.gone]
            before += self._stop_old(name, service, found)
        for container in found.start:
            self._start(name, service, container.name, before, "it is stopped, and should run")
        for container in found.restart:
            self._restart(name, service, container, before)
        for container in found.adopt:
            self._await(name, service, container.name, before, "an interrupted rollout made it")
        for replica, old in zip_longest(found.new, found.old[: len(found.new)]):
            volumes = heirlooms(old, service.body) if old else {}
            self._bring_up(name, service, replica, volumes, before)

    def _bring_up(
        self,
        name: str,
        service: Service,
        replica: NewReplica,
        volumes: Mapping[str, str],
        before: list[int],
    ) -> None:
        action = CreateContainer(
            target=replica.staged,
            body=inherited(self._body(service, replica), volumes),
            networks=service.networks,
            platform=service.platform,
        )
        pulled = [self._pulled[service.image]] if service.image in self._pulled else []
        created = self._steps.add(name, action, replica.why, [*before, *pulled])
        self._names[name] = replica.staged
        if service.files:
            give = GiveFiles(target=replica.staged, files=service.files)
            created = self._steps.add(name, give, "its secrets and configs", [created])
        self._start(name, service, replica.staged, [created], replica.why)

    def _restart(
        self, name: str, service: Service, container: Container, before: list[int]
    ) -> None:
        """It stays, but may be ending: it is stopped for certain, and started."""
        why = "an interrupted rollout may have stopped it"
        stop = StopContainer(target=container.name, grace=service.stop_grace)
        stopped = self._steps.add(name, stop, why, before)
        self._start(name, service, container.name, [stopped], why)

    def _start(self, name: str, service: Service, target: str, before: list[int], why: str) -> None:
        started = self._steps.add(name, StartContainer(target=target), why, before)
        self._steps.started.setdefault(name, []).append(started)
        self._await(name, service, target, [started], "before it takes its place")

    def _await(self, name: str, service: Service, target: str, before: list[int], why: str) -> None:
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
            )
            step = self._steps.add(name, wait, f"{why}, at most {service.deadline:g} s", before)
        self._steps.ready.setdefault(name, []).append(step)

    def _is_job(self, name: str) -> bool:
        """Whether others wait for it to end: it is never in service."""
        return any(
            dependency.service == name and dependency.condition is Condition.COMPLETED
            for other in self._stack.services.values()
            for dependency in other.depends_on
        )

    def _dependencies(self, service: Service) -> list[int]:
        steps: list[int] = []
        for dependency in service.depends_on:
            steps += self._dependency(dependency.service, dependency.condition)
        return steps

    def _dependency(self, name: str, condition: Condition) -> list[int]:
        if condition is Condition.STARTED and name in self._steps.started:
            return self._steps.started[name]
        if name in self._steps.ready:
            return self._steps.ready[name]
        found = self._replicas.get(name)
        if condition is Condition.HEALTHY and found and found.keep:
            return [self._await_kept(name, found.keep[0])]
        return []

    def _await_kept(self, name: str, container: Container) -> int:
        """A dependency that stays has to be healthy, too; most are, and the step is instant."""
        seconds = self._stack.services[name].deadline
        action = AwaitHealthy(target=container.name, seconds=seconds)
        step = self._steps.add(name, action, "others depend on its health", [])
        self._steps.ready[name] = [step]
        return step

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

    def _stop_old(self, name: str, service: Service, found: Replicas) -> list[int]:
        """Stop first, after everything that does not depend on it is ready."""
        if not (found.new or found.adopt):
            return []
        others = [
            step
            for other, steps in self._steps.ready.items()
            for step in steps
            if other != name and not depends_transitively(self._stack, other, name)
        ]
        before = sorted({*others, *self._dependencies(service)})
        return [step for c in found.old for step in self._stop_first(name, service, c, before)]

    def _stop_first(
        self, name: str, service: Service, container: Container, before: list[int]
    ) -> list[int]:
        leaving = leaving_name(container)
        step = 0
        if leaving != container.name:
            why = f"{service.order_why}: it stops before its successor starts"
            action = RenameContainer(target=container.name, to=leaving)
            step = self._steps.add(name, action, why, before)
        stop = StopContainer(target=leaving, grace=service.stop_grace)
        stopped = self._steps.add(name, stop, service.order_why, [step] if step else before)
        self._steps.stopped.add(container.name)
        return [stopped]

    def _clear(self, name: str, leftover: Container) -> None:
        """What an interrupted rollout left: a name that the new one may need."""
        service = self._stack.services[name]
        why = "left behind by a rollout that did not finish"
        step: list[int] = []
        if leftover.phase is Phase.DRAINING and service.hosts and leftover.running:
            drain = Drain(target=leftover.name, seconds=service.drain)
            step = [
                self._steps.add(name, drain, f"requests in flight, at most {service.drain:g} s", [])
            ]
        staged = leftover.phase is Phase.STAGED  # nobody has written to its volumes yet
        self._steps.end(service, leftover.name, step, why, running=leftover.running, volumes=staged)
        self._steps.frees[leftover.name] = self._steps.removed[-1]
