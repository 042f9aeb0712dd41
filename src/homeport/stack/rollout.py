"""The steps of one service's rollout, in the plan of its stack. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from homeport.model.container import LEAVING, Container, Phase, base_name
from homeport.model.plan import (
    Action,
    AwaitCompleted,
    AwaitHealthy,
    AwaitRouted,
    CreateContainer,
    Draft,
    Drain,
    RemoveContainer,
    RenameContainer,
    StartContainer,
    StopContainer,
)
from homeport.model.stack import Condition, Order, Service, Stack
from homeport.stack.graph import depends_transitively
from homeport.stack.inherit import heirlooms, inherited
from homeport.stack.labels import replica_labels
from homeport.stack.observed import Observed
from homeport.stack.replicas import NewReplica, Replicas, draining_name

# The proxy reloads in 20 ms with 10 hosts and in 1 s with 5,000; beyond this something is broken.
ROUTED_WITHIN = 20.0


class Rollout:
    """Adds the steps of each service to a draft, and knows which steps others wait for."""

    def __init__(
        self,
        draft: Draft,
        stack: Stack,
        observed: Observed,
        replicas: Mapping[str, Replicas],
        *,
        base: list[int],
        pulled: Mapping[str, int],
    ) -> None:
        self._draft, self._stack, self._observed = draft, stack, observed
        self._replicas, self._base, self._pulled = replicas, base, pulled
        self.instance = ""
        self.removed: list[int] = []
        self._started: dict[str, list[int]] = {}
        self._ready: dict[str, list[int]] = {}
        self._completed: dict[str, list[int]] = {}
        self._stopped: set[str] = set()
        self._frees: dict[str, int] = {}  # a name that is taken -> the step that frees it
        self._names: dict[str, str] = {
            name: found.keep[0].name for name, found in replicas.items() if found.keep
        }

    def bring_up(self, name: str) -> None:
        """Create and start what is new of service `name`, and wait until it is ready."""
        service, found = self._stack.services[name], self._replicas[name]
        for leftover in found.gone:
            self._clear(name, leftover)
        before = self._base + self._dependencies(service)
        if service.order is Order.STOP_FIRST:  # its state has one user at a time
            before += [self._frees[leftover.name] for leftover in found.gone]
            before += self._stop_old(name, service, found)
        for container in found.start:
            self._start(name, service, container.name, before, "it is stopped, and should run")
        for container in found.adopt:
            self._await(name, service, container.name, before, "an interrupted rollout made it")
        for replica, old in zip_longest(found.new, found.old[: len(found.new)]):
            volumes = heirlooms(old, service.body) if old else {}
            self._bring_up(name, service, replica, volumes, before)

    def hand_over(self, name: str) -> None:
        """Promote the new of service `name`, retire the old."""
        service, found = self._stack.services[name], self._replicas[name]
        all_ready = self._barrier(name)
        promoted = [self._promote(name, service, c, all_ready) for c in self._arrivals(found)]
        for container in found.old:
            self._retire(name, service, container, found.why, promoted or all_ready)
        for container in (*found.keep, *found.start):
            if container.phase is Phase.LEAVING:
                self._restore(name, container, all_ready)

    # -- up

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
        created = self._add(name, action, replica.why, [*before, *pulled])
        self._names[name] = replica.staged
        self._start(name, service, replica.staged, [created], replica.why)

    def _start(self, name: str, service: Service, target: str, before: list[int], why: str) -> None:
        started = self._add(name, StartContainer(target=target), why, before)
        self._started.setdefault(name, []).append(started)
        self._await(name, service, target, [started], "before it takes its place")

    def _await(self, name: str, service: Service, target: str, before: list[int], why: str) -> None:
        if self._is_job(name):
            wait: Action = AwaitCompleted(target=target, seconds=service.deadline)
            step = self._add(name, wait, "others wait until it has completed", before)
            self._completed.setdefault(name, []).append(step)
        else:
            port = service.port if service.hosts else 0
            wait = AwaitHealthy(target=target, seconds=service.deadline, port=port)
            step = self._add(name, wait, f"{why}, at most {service.deadline:g} s", before)
        self._ready.setdefault(name, []).append(step)

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
        if condition is Condition.STARTED and name in self._started:
            return self._started[name]
        if name in self._ready:
            return self._ready[name]
        found = self._replicas.get(name)
        if condition is Condition.HEALTHY and found and found.keep:
            return [self._await_kept(name, found.keep[0])]
        return []

    def _await_kept(self, name: str, container: Container) -> int:
        """A dependency that stays has to be healthy, too; most are, and the step is instant."""
        seconds = self._stack.services[name].deadline
        action = AwaitHealthy(target=container.name, seconds=seconds)
        step = self._add(name, action, "others depend on its health", [])
        self._ready[name] = [step]
        return step

    def _body(self, service: Service, replica: NewReplica) -> dict[str, Any]:
        labels = {
            **(service.body.get("Labels") or {}),
            **replica_labels(self._stack, service, number=replica.number, instance=self.instance),
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
        """`service:x[:ro]` with the name of x's container; a container's own name stays."""
        kind, _, rest = source.partition(":")
        if kind != "service":
            return source
        other, _, mode = rest.partition(":")
        return self._names.get(other, other) + (f":{mode}" if mode else "")

    # -- the switch

    def _barrier(self, name: str) -> list[int]:
        """All or none: nobody switches before all are ready.

        A service that stops first has switched when it is ready; what depends on it comes later.
        """
        own = self._ready.get(name, [])
        if self._stack.services[name].order is Order.STOP_FIRST:
            return own
        return sorted({step for steps in self._ready.values() for step in steps} | set(own))

    def _arrivals(self, found: Replicas) -> list[str]:
        return [c.name for c in found.adopt] + [r.staged for r in found.new]

    def _promote(self, name: str, service: Service, staged: str, after: list[int]) -> int:
        final = base_name(staged)
        after = after + self._make_way(name, service, final, after)
        why = "ready" + (f"; {service.hosts[0]} follows the name" if service.hosts else "")
        step = self._add(name, RenameContainer(target=staged, to=final), why, after)
        if not service.hosts:
            return step
        why = f"the proxy has to answer from it, at most {ROUTED_WITHIN:g} s"
        return self._add(name, AwaitRouted(target=final, seconds=ROUTED_WITHIN), why, [step])

    def _make_way(self, name: str, service: Service, final: str, after: list[int]) -> list[int]:
        """Where the new takes over a fixed name, the old one leaves it, and is still routed."""
        if service.order is Order.STOP_FIRST:
            return []
        holders = [c for c in self._replicas[name].old if c.name == final]
        return [
            self._add(
                name,
                RenameContainer(target=c.name, to=final + LEAVING),
                "its successor takes over its name",
                after,
            )
            for c in holders
        ]

    def _restore(self, name: str, container: Container, after: list[int]) -> None:
        action = RenameContainer(target=container.name, to=base_name(container.name))
        self._add(name, action, "it stays, so it has its name back", after)

    def _retire(
        self, name: str, service: Service, container: Container, why: str, after: list[int]
    ) -> None:
        if service.order is Order.STOP_FIRST and container.name in self._stopped:
            self._remove(name, container.name + _leaving_suffix(container), after, why)
            return
        current = self._current_name(name, container)
        leaving = draining_name(container)
        step = self._add(name, RenameContainer(target=current, to=leaving), why, after)
        self._frees[current] = step
        if service.hosts and container.running:
            why_drain = f"requests in flight, at most {service.drain:g} s"
            step = self._add(name, Drain(target=leaving, seconds=service.drain), why_drain, [step])
        self._end(name, service, leaving, [step], why)

    def _current_name(self, name: str, container: Container) -> str:
        handed_on = {base_name(arrival) for arrival in self._arrivals(self._replicas[name])}
        return container.name + LEAVING if container.name in handed_on else container.name

    # -- the old

    def _stop_old(self, name: str, service: Service, found: Replicas) -> list[int]:
        """Stop first, after everything that does not depend on it is ready."""
        if not (found.new or found.adopt):
            return []
        others = [
            step
            for other, steps in self._ready.items()
            for step in steps
            if other != name and not depends_transitively(self._stack, other, name)
        ]
        before = sorted({*others, *self._dependencies(service)})
        return [step for c in found.old for step in self._stop_first(name, service, c, before)]

    def _stop_first(
        self, name: str, service: Service, container: Container, before: list[int]
    ) -> list[int]:
        leaving = container.name + _leaving_suffix(container)
        step = 0
        if leaving != container.name:
            why = f"{service.order_why}: it stops before its successor starts"
            action = RenameContainer(target=container.name, to=leaving)
            step = self._add(name, action, why, before)
        stop = StopContainer(target=leaving, grace=service.stop_grace)
        stopped = self._add(name, stop, service.order_why, [step] if step else before)
        self._stopped.add(container.name)
        return [stopped]

    def _clear(self, name: str, leftover: Container) -> None:
        """What an interrupted rollout left: a name that the new one may need."""
        service = self._stack.services[name]
        why = "left behind by an interrupted rollout"
        step: list[int] = []
        if leftover.phase is Phase.DRAINING and service.hosts and leftover.running:
            drain = Drain(target=leftover.name, seconds=service.drain)
            step = [self._add(name, drain, f"requests in flight, at most {service.drain:g} s", [])]
        self._end(name, service, leftover.name, step, why, running=leftover.running)
        self._frees[leftover.name] = self.removed[-1]

    def _end(
        self,
        name: str,
        service: Service,
        target: str,
        after: list[int],
        why: str,
        *,
        running: bool = True,
    ) -> None:
        if running:
            stop = StopContainer(target=target, grace=service.stop_grace)
            after = [self._add(name, stop, why, after)]
        self._remove(name, target, after, why)

    def _remove(self, name: str, target: str, after: list[int], why: str) -> None:
        self.removed.append(self._add(name, RemoveContainer(target=target), why, after))

    def _add(self, name: str, action: Action, why: str, after: list[int]) -> int:
        wanted = action.to if isinstance(action, RenameContainer) else action.target
        makes = isinstance(action, RenameContainer | CreateContainer)
        if makes and wanted in self._frees:
            after = [*after, self._frees[wanted]]
        return self._draft.add(f"service:{name}", action, why, after=after)


def _leaving_suffix(container: Container) -> str:
    return "" if container.phase is Phase.LEAVING else LEAVING
