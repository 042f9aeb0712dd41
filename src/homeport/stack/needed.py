"""Who needs whom, as the containers themselves say it: the file may not say it any more. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from homeport.model.container import Container
from homeport.stack.labels import DEPENDS_ON


def needed_by(containers: Iterable[Container]) -> dict[str, set[str]]:
    """Service -> those that depend on it, and end before it; each comes after those.

    In whatever order, and needed by nobody, where they depend on one another in a circle.
    """
    found: dict[str, set[str]] = {}
    pairs = [(c.service, need) for c in containers for need in _needs(c)]
    for service in sorted({c.service for c in containers}):
        found[service] = {other for other, need in pairs if need == service} - {service}
    try:
        return {service: found[service] for service in TopologicalSorter(found).static_order()}
    except CycleError:
        return {service: set() for service in found}


def _needs(container: Container) -> list[str]:
    """From `db:service_healthy:false,cache:service_started:true`; older Composes say the names."""
    said = container.labels.get(DEPENDS_ON, "")
    return [one.partition(":")[0] for one in said.split(",") if one]
