"""The second half of a service's rollout: the new takes the place of the old. Pure.

The new is promoted and the old renamed at once, so that the proxy learns of both in one reload:
when it answers, it answers from the new alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from homeport.model.container import (
    DRAINING,
    LEAVING,
    STOPPING,
    YIELDING,
    Container,
    Phase,
    base_name,
)
from homeport.model.plan import AwaitRouted, Drain, JoinNetwork, RenameContainer
from homeport.model.stack import Order, Service, Stack
from homeport.stack.inside import Inside
from homeport.stack.replicas import Replicas
from homeport.stack.steps import Steps, leaving_name, yielding_name

# The proxy reloads in 0.1 s with 10 hosts and in 1 s with 5,000; beyond this something is broken.
ROUTED_WITHIN = 20.0
# Of each replica: each takes memory, and whoever replaces it once more waits for the first to end.
_DRAINING_AT_ONCE = 5


class HandOver:
    """Adds the steps of each service's switch, once all services are ready."""

    def __init__(
        self,
        steps: Steps,
        stack: Stack,
        replicas: Mapping[str, Replicas],
        inside: Inside,
        needed: Mapping[str, set[str]],
    ) -> None:
        """`needed`: service -> those that the containers that are there say to depend on it."""
        self._steps, self._stack, self._replicas = steps, stack, replicas
        self._inside, self._needed = inside, needed
        self._ended: dict[str, list[int]] = {}  # service -> when those of before are gone
        self._left: dict[str, str] = {}  # a name that another takes over -> who had it has this one
        self._names = {c.name for found in replicas.values() for c in found.all}
        self._arrived: list[str] = []  # one that is new of each service with hosts
        self._switched: dict[str, list[int]] = {}  # service -> when it has

    def service(self, name: str) -> None:
        """Promote the new of service `name`, retire the old."""
        service, found = self._stack.services[name], self._replicas[name]
        ready = self._barrier(service)
        promoted = [
            self._steps.promoted.get(c) or self._promote(service, c, ready)
            for c in _arrivals(found)
        ]
        turned_away = [
            self._turn_away(service, found, c, promoted or ready)
            for c in found.old
            if c.name not in self._steps.stopped
        ]
        turned = [step for step in turned_away if step]
        joined = [
            self._join(name, base_name(container), network, settings, [step])
            for container, step in zip(_arrivals(found), promoted, strict=True)
            for network, settings in self._inside.of(name)
        ]
        switched = [*self._routed(service, found, [*promoted, *turned]), *joined]
        self._switched[name] = switched
        before = len(self._steps.removed)
        for container in found.old:
            self._end(service, found, container, switched or ready)
        self._ended[name] = self._steps.removed[before:]
        for container in (*found.keep, *found.start, *found.restart):
            self._stay(service, found, container, ready)

    def join_again(self, name: str, kept: Sequence[Container], *, base: list[int]) -> None:
        """One that stays may not have come that far, or was made by docker compose."""
        for container in kept:
            present = {endpoint.network for endpoint in container.endpoints}
            for network, settings in self._inside.of(name):
                if network not in present:
                    self._join(name, base_name(container.name), network, settings, base)

    def _join(
        self, name: str, container: str, network: str, settings: dict[str, Any], after: list[int]
    ) -> int:
        action = JoinNetwork(target=container, network=network, settings=settings)
        why = (
            "others in the stack find it by its name" if "Aliases" in settings else "it calls them"
        )
        return self._steps.add(name, action, why, after)

    def _barrier(self, service: Service) -> list[int]:
        """All or none: nobody switches before all are ready.

        A service that stops first has switched when it is ready; what depends on it comes later.
        """
        if service.order is Order.STOP_FIRST:
            givers = sorted(self._steps.givers.get(service.name, ()))
            # Who gave up what it had cannot have it back: its successor serves first.
            served = [step for giver in givers for step in self._switched.get(giver, ())]
            return [*self._steps.ready.get(service.name, []), *served]
        ready = {step for steps in self._steps.ready.values() for step in steps}
        # Who leaves serves until the others do: one of them may have another name only.
        return sorted(ready.union(*self._switched.values()) if service.leaves else ready)

    def _promote(self, service: Service, staged: str, after: list[int]) -> int:
        after = after + self._make_way(service, base_name(staged), after)
        return _promoted(self._steps, service, staged, after)

    def _make_way(self, service: Service, final: str, after: list[int]) -> list[int]:
        """Where the new takes over a fixed name, the old one leaves it, and is still routed."""
        gone = {*self._steps.stopped, *self._steps.frees}
        olds = [c for found in self._replicas.values() for c in found.old]
        holders = [c for c in olds if c.name == final and c.name not in gone]
        return [self._leave(service, container, after) for container in holders]

    def _leave(self, service: Service, container: Container, after: list[int]) -> int:
        name = leaving_name(container)
        while name in self._names:  # one of another service comes back from there
            name += LEAVING
        self._left[container.name] = name
        action = RenameContainer(target=container.name, to=name)
        return self._steps.add(service.name, action, "its successor takes over its name", after)

    def _turn_away(
        self, service: Service, found: Replicas, container: Container, after: list[int]
    ) -> int | None:
        """From here on the old one is not routed."""
        current = self._left.get(container.name, container.name)
        action = RenameContainer(target=current, to=_last_name(service, container, found))
        if current == action.to:  # an interrupted rollout came that far
            return None
        step = self._steps.add(service.name, action, found.why, after)
        self._steps.frees[current] = step
        return step

    def _routed(self, service: Service, found: Replicas, after: list[int]) -> list[int]:
        """The waits for the proxy; what was waited for before, where nothing new is routed."""
        arrivals = [base_name(c) for c in _arrivals(found)] if service.hosts else []
        self._arrived += arrivals[:1]
        if service.leaves and after:  # another may have its hosts: from then on, that one alone
            arrivals = self._arrived
        why = f"the proxy has to answer from it alone, at most {ROUTED_WITHIN:g} s"
        old = tuple(
            _last_name(service, c, found) for c in found.old if c.name not in self._steps.stopped
        )
        waits = (
            AwaitRouted(target=name, seconds=ROUTED_WITHIN, instead_of=old) for name in arrivals
        )
        return [self._steps.add(service.name, wait, why, after) for wait in waits] or after

    def _end(
        self, service: Service, found: Replicas, container: Container, after: list[int]
    ) -> None:
        why = found.why
        if container.name in self._steps.stopped:
            self._steps.remove(service, yielding_name(container), after, why)
            return
        name = _last_name(service, container, found)
        if _drains(service, container):
            drain = Drain(target=name, seconds=service.drain)
            why_drain = f"requests in flight, at most {service.drain:g} s"
            after = [self._steps.add(service.name, drain, why_drain, after)]
        if service.leaves:  # those that are replaced may need it for the requests that they finish
            others = sorted(self._needed.get(service.name, ()))
            after = [*after, *(step for o in others for step in self._ended.get(o, ()))]
        self._steps.end(service, name, after, why)

    def _stay(
        self, service: Service, found: Replicas, container: Container, after: list[int]
    ) -> None:
        """One that stays has its name back, and is served again where it was not."""
        name = base_name(container.name)
        if container.phase in (Phase.LEAVING, Phase.YIELDING):
            action = RenameContainer(target=container.name, to=name)
            why = "it stays, so it has its name back"
            after = after + self._make_way(service, name, after)
            after = [self._steps.add(service.name, action, why, after)]
        if service.hosts and container not in found.keep:
            wait = AwaitRouted(target=name, seconds=ROUTED_WITHIN)
            self._steps.add(service.name, wait, "it was started again", after)


def _drains(service: Service, container: Container) -> bool:
    return service.routed and container.running


def _last_name(service: Service, container: Container, found: Replicas) -> str:
    """What an old one is called once it is not routed any more."""
    suffix = _last_suffix(service, container)
    name, taken = base_name(container.name), {c.name for c in found.gone}
    # Those that were replaced just before may have that name while they drain: nobody waits for it.
    names = [name + suffix * times for times in range(1, _DRAINING_AT_ONCE + 1)]
    return names[0] if suffix == YIELDING else next((n for n in names if n not in taken), names[0])


def _last_suffix(service: Service, container: Container) -> str:
    if not _drains(service, container):
        return STOPPING
    # Where nobody is to serve any more, requests are held, and not sent to one that ends.
    return DRAINING if service.replicas or service.leaves else YIELDING


def _arrivals(found: Replicas) -> list[str]:
    return [c.name for c in found.adopt] + [r.staged for r in found.new]


def promote_one(steps: Steps, service: Service, staged: str, after: list[int]) -> int:
    """One replica of a service that stops first takes its place, before others yield."""
    step = steps.promoted[staged] = _promoted(steps, service, staged, after)
    if not service.hosts:
        return step
    wait = AwaitRouted(target=base_name(staged), seconds=ROUTED_WITHIN)
    return steps.add(service.name, wait, "it serves before the next one yields", [step])


def _promoted(steps: Steps, service: Service, staged: str, after: list[int]) -> int:
    why = "ready" + (f"; {service.hosts[0]} follows the name" if service.hosts else "")
    action = RenameContainer(target=staged, to=base_name(staged))
    return steps.add(service.name, action, why, after)
