"""The first half of a service's rollout: its new replicas come up, and are ready. Pure.

Those of a service that starts first come up beside the old. One that stops first is created beside
its predecessor, which then yields: takes no more requests, finishes those in flight, and stops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from homeport.model.container import Container, Phase
from homeport.model.plan import AwaitHealthy, Delay, Drain, StopContainer
from homeport.model.stack import Condition, Order, Service, Stack
from homeport.stack.graph import depends_transitively
from homeport.stack.handed_on import HandedOn, handed_on
from homeport.stack.handover import promote_one
from homeport.stack.inherit import heirlooms
from homeport.stack.launch import Launch
from homeport.stack.making_way import MakingWay
from homeport.stack.replicas import NewReplica, Replicas
from homeport.stack.steps import Steps

Pair = tuple[NewReplica, Container | None]  # a replica, and the one whose place it takes


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
        self._steps, self._stack, self._replicas, self._base = steps, stack, replicas, base
        names = {name: found.stays[0].name for name, found in replicas.items() if found.stays}
        self._awaited: dict[str, list[int]] = {}  # service -> what its dependencies take
        self._making_way, self._pulled = MakingWay(steps), pulled
        self._launch = Launch(steps, stack, names, pulled=pulled, instance=instance)

    def clear(self, name: str) -> None:
        """End what an interrupted rollout left of service `name`: others may need what it has."""
        found = self._replicas[name]
        # The one that is further on the way out has the name that the other is going to need.
        for leftover in sorted(found.gone, key=lambda c: len(c.name), reverse=True):
            self._clear(name, leftover)

    def service(self, name: str) -> None:
        """Create and start what is new of service `name`, and wait until it is ready."""
        service, found = self._stack.services[name], self._replicas[name]
        before = self._base + self._dependencies(service)
        if service.order is Order.STOP_FIRST:  # its state has one user at a time
            before += [self._steps.frees[leftover.name] for leftover in found.gone]
        for container in found.start:
            after = [*before, *self._take_over(service, before, before)]
            self._launch.start(service, container.name, after, "it is stopped, and should run")
        for container in found.restart:
            self._restart(service, container, [*before, *self._take_over(service, before, before)])
        if service.order is Order.STOP_FIRST:
            self._succeed(service, found, before)
        else:
            self._beside(service, found, before)

    # -- start first

    def _beside(self, service: Service, found: Replicas, before: list[int]) -> None:
        for container in found.adopt:
            why = "an interrupted rollout made it"
            self._launch.wait(service, container.name, before, why)
        taken = self._take_over(service, before, [*before, *self._pull(service)])
        for number, batch in enumerate(_batches(service, _pairs(found))):
            before = self._pause(service, before) if number else before
            made = [(new, self._create(service, new, old, before)) for new, old in batch]
            before = [
                self._launch.start(service, new.staged, [created, *taken], new.why)
                for new, created in made
            ]

    def _pull(self, service: Service) -> list[int]:
        return [self._pulled[service.image]] if service.image in self._pulled else []

    def _create(
        self, service: Service, new: NewReplica, old: Container | None, before: list[int]
    ) -> int:
        volumes = heirlooms(old, service.body) if old else {}
        return self._launch.create(service, new, volumes, before)

    # -- stop first

    def _succeed(self, service: Service, found: Replicas, before: list[int]) -> None:
        """The old yield to the new, some at a time; the last of them leave nobody behind."""
        if not (found.new or found.adopt):
            return
        pairs = _pairs(found)
        made = {new.staged: self._create(service, new, old, before) for new, old in pairs}
        stopped = any(c.name in self._steps.stopped for c in found.old)
        early = sorted({*before, *([] if stopped else self._others(service))})
        before = sorted({*early, *made.values()})
        if service.hosts:  # who is routed by a name keeps it until its successor is there
            early = before
        spare = found.old[len(pairs) :]
        why = "an interrupted rollout made it"
        gone = self._making_way.all(service, spare, early, before)
        gone += self._take_over(service, early, before)
        for container in found.adopt:
            self._launch.wait(service, container.name, [*before, *gone], why)
        batches = list(_batches(service, pairs))
        for batch in batches:
            olds = [old for _, old in batch if old]
            gone += self._making_way.all(service, olds, early, before)
            ready = [
                (new, self._launch.start(service, new.staged, [*before, *gone], new.why))
                for new, _ in batch
            ]
            if batch is not batches[-1]:
                before = early = self._pause(service, self._switch(service, ready))

    def _switch(self, service: Service, ready: Sequence[tuple[NewReplica, int]]) -> list[int]:
        """They take over before the next yield: somebody always serves."""
        return [promote_one(self._steps, service, new.staged, [step]) for new, step in ready]

    def _others(self, service: Service) -> Iterator[int]:
        """What is ready of the services that do not need this one: it yields after them."""
        for other, steps in self._steps.ready.items():
            if other != service.name and not depends_transitively(self._stack, other, service.name):
                yield from steps

    def _take_over(self, service: Service, early: list[int], before: list[int]) -> list[int]:
        """The steps after which no other service has what this one is going to have alone."""
        if not self._replicas[service.name].starts:
            return []
        return [
            self._given_up(service, one, early, before)
            for one in handed_on(service, self._stack, self._replicas)
        ]

    def _given_up(
        self, service: Service, one: HandedOn, early: list[int], before: list[int]
    ) -> int:
        if one.container in self._replicas[one.giver].gone:
            return self._steps.frees[one.container.name]
        self._steps.givers.setdefault(service.name, set()).add(one.giver)
        giver, why = self._stack.services[one.giver], f"{service.name} takes over {one.what}"
        return self._making_way.one(giver, one.container, early, before, why)

    def _restart(self, service: Service, container: Container, before: list[int]) -> None:
        """It stays, but may be ending: it is stopped for certain, and started."""
        why = "an interrupted rollout may have stopped it"
        stop = StopContainer(target=container.name, grace=service.stop_grace)
        stopped = self._steps.add(service.name, stop, why, before)
        self._launch.start(service, container.name, [stopped], why)

    # -- both

    def _pause(self, service: Service, after: list[int]) -> list[int]:
        """deploy.update_config.delay: between one batch and the next."""
        if not service.update.delay:
            return after
        action = Delay(target=service.name, seconds=service.update.delay)
        return [self._steps.add(service.name, action, "deploy.update_config.delay", after)]

    def _dependencies(self, service: Service) -> list[int]:
        """Also what stands between: one that stays may need one that does not."""
        if service.name not in self._awaited:
            steps = [self._dependency(d.service, d.condition) for d in service.depends_on]
            self._awaited[service.name] = sorted({step for found in steps for step in found})
        return self._awaited[service.name]

    def _dependency(self, name: str, condition: Condition) -> list[int]:
        if condition is Condition.STARTED and name in self._steps.started:
            return self._steps.started[name]
        if name in self._steps.ready:
            return self._steps.ready[name]
        found = self._replicas.get(name)
        if condition is Condition.HEALTHY and found and found.keep:
            return [self._await_kept(name, found.keep[0])]
        return self._dependencies(self._stack.services[name]) if found else []

    def _await_kept(self, name: str, container: Container) -> int:
        """A dependency that stays has to be healthy, too; most are, and the step is instant."""
        seconds = self._stack.services[name].deadline
        action = AwaitHealthy(target=container.name, seconds=seconds, checked=True)
        after = self._dependencies(self._stack.services[name])
        step = self._steps.add(name, action, "others depend on its health", after)
        self._steps.ready[name] = [step]
        return step

    def _clear(self, name: str, leftover: Container) -> None:
        """What an interrupted rollout left: a name that the new one may need."""
        service = self._stack.services[name]
        why = "left behind by a rollout that did not finish"
        step: list[int] = []
        if leftover.phase is Phase.DRAINING and service.routed and leftover.running:
            drain = Drain(target=leftover.name, seconds=service.drain)
            step = [
                self._steps.add(name, drain, f"requests in flight, at most {service.drain:g} s", [])
            ]
        staged = leftover.phase is Phase.STAGED  # nobody has written to its volumes yet
        self._steps.end(service, leftover.name, step, why, running=leftover.running, volumes=staged)
        self._steps.frees[leftover.name] = self._steps.removed[-1]


def _pairs(found: Replicas) -> list[Pair]:
    return [(new, old) for new, old in zip_longest(found.new, found.old[: len(found.new)]) if new]


def _batches(service: Service, pairs: list[Pair]) -> Iterator[list[Pair]]:
    """As many at a time as deploy.update_config.parallelism says.

    Where it says nothing: all that start beside the old; one of those that stop first.
    """
    unsaid = 1 if service.order is Order.STOP_FIRST else 0
    said = service.update.parallelism
    size = (unsaid if said is None else said) or len(pairs) or 1
    for first in range(0, len(pairs), size):
        yield pairs[first : first + size]
