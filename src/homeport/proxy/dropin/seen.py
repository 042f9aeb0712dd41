"""What the containers that run ask for; each is read once for as long as it is the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from homeport.model.container import Container
from homeport.model.wish import Refused, asks, only_port, read_wish, unknown_labels
from homeport.proxy.dropin.hosts import Asking
from homeport.proxy.dropin.model import Refusal

_RUNS = ("running", "paused", "restarting")


class Seen:
    """Remembers what was read of each container."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Container, Asking | Refusal | None]] = {}

    def read(self, containers: Iterable[Container]) -> tuple[list[Asking], list[Refusal]]:
        """Who asks for something, and who asks for what cannot be, sorted by name."""
        read = {}
        for container in containers:
            known = self._read.get(container.id)
            same = known is not None and known[0] is container
            read[container.id] = known if known and same else (container, _read(container))
        self._read = read
        every = [found for _, found in read.values()]
        refusals = (one for one in every if isinstance(one, Refusal))
        asking = [one for one in every if isinstance(one, Asking)]
        return asking, sorted(refusals, key=lambda refusal: refusal.container)


def _read(container: Container) -> Asking | Refusal | None:
    if container.state not in _RUNS or not asks(container.env):
        return None
    try:
        wish = read_wish(container.env, container.labels).at(only_port(container.exposed))
    except Refused as error:
        return Refusal(container=container.name, reason=error.message)
    unknown = unknown_labels(container.labels)
    return Asking(container=container, wish=wish, unknown=unknown) if wish.places else None
