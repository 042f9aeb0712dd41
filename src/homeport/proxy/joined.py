"""Containers that run in the network of another (`--network container:ID`): reached as it is. Pure.

A VPN's container and what goes through it, for example. Only where routes are decided: what a
container is in itself, its own networks, says the Engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from homeport.model.container import Container

_MODE = "container:"


class Joined:
    """Remembers what was made, so that the same containers give the very same again."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Container, Container, Container]] = {}

    def placed(self, view: Mapping[str, Container]) -> dict[str, Container]:
        """Id -> container; one in the network of another has the other's endpoints and mode."""
        before, self._made = self._made, {}
        return {key: self._placed(one, view, before) for key, one in view.items()}

    def _placed(
        self,
        one: Container,
        view: Mapping[str, Container],
        before: Mapping[str, tuple[Container, Container, Container]],
    ) -> Container:
        owner = _owner(one, view)
        if owner is None:
            return one
        known = before.get(one.id)
        if known is None or known[0] is not one or known[1] is not owner:
            mode = owner.network_mode
            known = (one, owner, replace(one, endpoints=owner.endpoints, network_mode=mode))
        self._made[one.id] = known
        return known[2]


def placed(containers: Iterable[Container]) -> list[Container]:
    """The same, of those that are looked at once."""
    return list(Joined().placed({one.id: one for one in containers}).values())


def _owner(one: Container, view: Mapping[str, Container]) -> Container | None:
    if not one.network_mode.startswith(_MODE):
        return None
    wanted = one.network_mode.removeprefix(_MODE)
    return view.get(wanted) or next((c for c in view.values() if c.name == wanted), None)
