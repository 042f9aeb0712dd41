"""How a container makes way for a successor that cannot run beside it. Pure.

It takes no more requests, finishes those in flight, and stops; it is removed last.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.model.container import Container
from homeport.model.plan import Drain, RenameContainer, StayStopped, StopContainer
from homeport.model.stack import Service
from homeport.stack.replicas import STARTED_AGAIN, restart_policy
from homeport.stack.steps import Steps, yielding_name


class MakingWay:
    """Adds the steps of each container that makes way, once."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def all(
        self, service: Service, olds: Sequence[Container], early: list[int], before: list[int]
    ) -> list[int]:
        """The steps after which those of `service` have stopped for their own successors."""
        why = service.order_why
        return [self.one(service, container, early, before, why) for container in olds]

    def one(
        self, service: Service, container: Container, early: list[int], before: list[int], why: str
    ) -> int:
        """It has another name after `early`, and stops after `before`; the step of the stop."""
        if container.name not in self._steps.stopped:
            self._steps.stopped[container.name] = self._stop(service, container, early, before, why)
        return self._steps.stopped[container.name]

    def _stop(
        self, service: Service, container: Container, early: list[int], before: list[int], why: str
    ) -> int:
        name, after = yielding_name(container), before
        if name != container.name:
            why_renamed = f"{why}: it stops before its successor starts"
            action = RenameContainer(target=container.name, to=name)
            renamed = self._steps.add(service.name, action, why_renamed, early)
            self._steps.frees[container.name] = renamed
            after = [renamed, *(step for step in before if step not in early)]
        drained = self._drained(service, container, name, after)
        after = [*drained, *self._stays(service, name, after)] or after
        stop = StopContainer(target=name, grace=service.stop_grace)
        return self._steps.add(service.name, stop, why, after)

    def _drained(
        self, service: Service, container: Container, name: str, after: list[int]
    ) -> list[int]:
        if not (service.routed and container.running):
            return []
        drain = Drain(target=name, seconds=service.drain)
        why = f"new requests are held; those in flight have {service.drain:g} s"
        return [self._steps.add(service.name, drain, why, after)]

    def _stays(self, service: Service, name: str, after: list[int]) -> list[int]:
        """Nothing where the Engine would not start its successor by itself either."""
        if restart_policy(service.body) not in STARTED_AGAIN:
            return []
        why = "also after a power cut: its state has one user"
        return [self._steps.add(service.name, StayStopped(target=name), why, after)]
