"""The steps of a rollout while they are being planned, and which of them others wait for. Pure."""

from __future__ import annotations

import msgspec

from homeport.model.container import LEAVING, STOPPING, YIELDING, Container, Phase, base_name
from homeport.model.draft import Draft
from homeport.model.plan import (
    Action,
    CreateContainer,
    RemoveContainer,
    RenameContainer,
    StopContainer,
)
from homeport.model.stack import Service


class Steps(msgspec.Struct, kw_only=True):
    """A draft, and what is known of its steps: service -> numbers."""

    draft: Draft
    started: dict[str, list[int]] = msgspec.field(default_factory=dict)
    ready: dict[str, list[int]] = msgspec.field(default_factory=dict)
    # The old that stopped first, by the names they had -> the step of that.
    stopped: dict[str, int] = msgspec.field(default_factory=dict)
    promoted: dict[str, int] = msgspec.field(default_factory=dict)  # staged name -> its promotion
    givers: dict[str, set[str]] = msgspec.field(
        default_factory=dict
    )  # service -> those from whom it takes over what they had alone
    removed: list[int] = msgspec.field(default_factory=list)
    frees: dict[str, int] = msgspec.field(
        default_factory=dict
    )  # a name that is taken -> what frees it

    def add(self, service: str, action: Action, why: str, after: list[int]) -> int:
        """Append a step; one that needs a name that is taken waits until it is free."""
        wanted = action.to if isinstance(action, RenameContainer) else action.target
        makes = isinstance(action, RenameContainer | CreateContainer)
        if makes and wanted in self.frees:
            after = [*after, self.frees[wanted]]
        return self.draft.add(f"service:{service}", action, why, after=after)

    def end(
        self,
        service: Service,
        target: str,
        after: list[int],
        why: str,
        *,
        running: bool = True,
        volumes: bool = False,
    ) -> None:
        """Stop a container where it runs, and remove it.

        Its name says so first: from then on, no other rollout may take it for one that serves.
        """
        if running and not target.endswith(STOPPING):
            rename = RenameContainer(target=target, to=target + STOPPING)
            after = [self.add(service.name, rename, why, after)]
            target = rename.to
        if running:
            stop = StopContainer(target=target, grace=service.stop_grace)
            after = [self.add(service.name, stop, why, after)]
        self.remove(service, target, after, why, volumes=volumes)

    def remove(
        self, service: Service, target: str, after: list[int], why: str, *, volumes: bool = False
    ) -> None:
        """Remove a container that does not run."""
        action = RemoveContainer(target=target, volumes=volumes)
        step = self.add(service.name, action, why, after)
        self.removed.append(step)


def leaving_name(container: Container) -> str:
    """Its name while it waits for its successor to be routed."""
    return container.name if container.phase is Phase.LEAVING else container.name + LEAVING


def yielding_name(container: Container) -> str:
    """Its name from when its requests are held for its successor."""
    return base_name(container.name) + YIELDING
