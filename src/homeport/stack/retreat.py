"""The way back, where no earlier stack is known to go back to, and the way out. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.model.container import Container, Phase, base_name
from homeport.model.draft import Draft
from homeport.model.plan import (
    Plan,
    RemoveContainer,
    RemoveNetwork,
    RenameContainer,
    StartContainer,
    StopContainer,
)
from homeport.stack.inside import SUFFIX
from homeport.stack.observed import Observed

_SERVES = (Phase.IN_SERVICE, Phase.LEAVING)
_ASIDE = (Phase.YIELDING, Phase.DRAINING)


def plan_retreat(before: Observed, now: Observed) -> Plan:
    """The steps that undo a rollout that failed.

    Where it began in what an interrupted one had left, that is put right, too: what nobody had seen
    yet goes, and who had made way for it serves again.

    Args:
        before: what was there when it began.
        now: what it left.
    """
    draft, kept = Draft(), {c.id: c for c in before.containers if c.phase is not Phase.STAGED}
    containers = sorted(now.containers, key=lambda c: c.name)
    gone = [
        take_away(draft, container, "the attempt that made it failed", volumes=True)
        for container in containers
        if container.id not in kept
    ]
    for container in containers:
        if container.id in kept:
            _as_before(draft, container, kept[container.id], before, after=gone)
    return draft.plan()


def plan_left(observed: Observed) -> Plan:
    """The steps after `docker compose down`, which takes the networks of the file alone."""
    draft = Draft()
    for name, project in observed.networks.items() if not observed.containers else ():
        if project == observed.project and name.endswith(SUFFIX):
            draft.add(f"network:{name}", RemoveNetwork(target=name), "nobody is left in it")
    return draft.plan()


def take_away(
    draft: Draft,
    container: Container,
    why: str,
    *,
    volumes: bool = False,
    after: Sequence[int] = (),
) -> int:
    """Stop a container where it runs, and remove it."""
    subject = f"service:{container.service}"
    if container.state in ("running", "restarting", "paused"):
        stop = StopContainer(target=container.name, grace=None)
        after = [draft.add(subject, stop, why, after=after)]
    action = RemoveContainer(target=container.name, volumes=volumes)
    return draft.add(subject, action, why, after=after)


def _as_before(
    draft: Draft, container: Container, known: Container, before: Observed, *, after: list[int]
) -> None:
    subject, name = f"service:{container.service}", container.name
    returns = _made_way(known, before)
    if (known.running or returns) and not container.running:
        why = "it stopped for a successor that failed"
        after = [draft.add(subject, StartContainer(target=name), why, after=after)]
    wanted = base_name(known.name) if returns else known.name
    if name != wanted:
        action = RenameContainer(target=name, to=wanted)
        draft.add(subject, action, "it stays, so it has its name back", after=after)


def _made_way(container: Container, before: Observed) -> bool:
    """Whether an interrupted rollout set it aside, and nobody had taken its place."""
    others = [c for c in before.of_service(container.service) if c.phase in _SERVES]
    if container.phase is Phase.LEAVING:
        return base_name(container.name) not in {c.name for c in before.containers}
    return container.phase in _ASIDE and not others
