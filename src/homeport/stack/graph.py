"""depends_on as a graph. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from homeport.errors import RequestError
from homeport.model.stack import Service, Stack


def in_dependency_order(stack: Stack) -> list[str]:
    """The names of the services, each after those it depends on, else as they are written.

    Raises:
        RequestError: they depend on one another in a circle.
    """
    sorter = TopologicalSorter(
        {name: sorted(_needs(stack, service)) for name, service in stack.services.items()}
    )
    try:
        order = list(sorter.static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise RequestError(
            f"the services depend on one another in a circle: {circle}",
            hint="take one depends_on away",
        ) from error
    return order


def depends_transitively(stack: Stack, name: str, on: str) -> bool:
    """Whether service `name` needs service `on`, directly or through others."""
    return on in set(_closure(stack, name, set()))


def _closure(stack: Stack, name: str, seen: set[str]) -> Iterator[str]:
    for other in _needs(stack, stack.services[name]) - seen:
        seen.add(other)
        yield other
        yield from _closure(stack, other, seen)


def _needs(stack: Stack, service: Service) -> set[str]:
    named = {d.service for d in service.depends_on} | set(service.shares)
    return named & set(stack.services)
