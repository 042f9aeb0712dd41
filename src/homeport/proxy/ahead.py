"""What a rollout has seen of a container before the Engine's event of it came. Pure.

On a busy machine an event may be seconds late. What it shows of a container then is older than what
the rollout has asked the Engine: obeyed, it would send requests to one that is about to stop, and
forget that somebody is on the way in its place.
"""

from __future__ import annotations

from collections.abc import Iterable

from homeport.model.container import Container, Phase

# A rollout moves a container this way; one that goes back is noticed again.
_ORDER = (Phase.STAGED, Phase.IN_SERVICE, Phase.LEAVING, Phase.YIELDING, Phase.STOPPING)
_RANK = {phase: number for number, phase in enumerate(_ORDER)} | {Phase.DRAINING: 3}
# Seconds after which the events are believed again, whatever was noticed.
_LATE = 5.0


class Ahead:
    """The containers of which more is known than the events tell."""

    def __init__(self) -> None:
        self._noticed: dict[str, tuple[float, Container]] = {}

    def notice(self, container: Container, *, clock: float) -> None:
        """It was looked at just now."""
        self._noticed[container.id] = clock, container

    def merged(self, shown: Iterable[Container], *, clock: float) -> list[Container]:
        """What the events show, with those in place of which something newer was noticed."""
        found = {container.id: container for container in shown}
        for key, (since, noticed) in list(self._noticed.items()):
            if key in found and clock - since < _LATE and _is_behind(found[key], noticed):
                found[key] = noticed
            else:
                del self._noticed[key]
        return list(found.values())


def _is_behind(shown: Container, noticed: Container) -> bool:
    same = shown.started_at == noticed.started_at and shown.running == noticed.running
    return same and _RANK[shown.phase] < _RANK[noticed.phase]
