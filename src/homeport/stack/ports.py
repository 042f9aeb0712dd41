"""The ports of the host that a stack wants, and who has them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from homeport.model.container import Container
from homeport.model.stack import Service, Stack

_ANY = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def wanted_ports(stack: Stack) -> set[tuple[str, str]]:
    """(address, `8080/tcp`) for each port that a service of the stack asks for by number."""
    return {port for service in stack.services.values() for port in ports_of(service)}


def ports_of(service: Service) -> Iterator[tuple[str, str]]:
    """The fixed ports of one service; a range is free to move."""
    if not service.replicas:
        return
    bindings = (service.body.get("HostConfig") or {}).get("PortBindings") or {}
    for target, found in bindings.items():
        for binding in found or ():
            if str(binding.get("HostPort") or "0").isdigit() and binding["HostPort"] not in (
                "0",
                "",
            ):
                yield binding.get("HostIp", ""), f"{binding['HostPort']}/{target.partition('/')[2]}"


def holders(
    wanted: Iterable[tuple[str, str]],
    project: str,
    containers: Iterable[Container],
    listeners: Iterable[tuple[str, int]],
) -> dict[str, str]:
    """`8080/tcp` -> who has it: a container of another project, or a program of this machine.

    Args:
        wanted: (address, port) as `wanted_ports` has them.
        project: whose own containers may have it: they hand it on.
        containers: all that run.
        listeners: (address, port) of what listens on this machine; "" for any IPv6 address.
    """
    running, listening = list(containers), list(listeners)
    found: dict[str, str] = {}
    for address, port in wanted:
        owners = [c for c in running if _publishes(c, address, port)]
        others = [c for c in owners if c.project != project]
        if others:
            found[port] = f"container {others[0].name}"
        elif not owners and _listens(listening, address, port):
            found[port] = "a program of this machine"
    return found


def unpublished(
    wanted: Iterable[tuple[str, str]], containers: Sequence[Container]
) -> list[tuple[str, str]]:
    """Those of `wanted` that no running container has."""
    return [w for w in wanted if not any(_publishes(c, *w) for c in containers)]


def _publishes(container: Container, address: str, port: str) -> bool:
    pairs = (text.rpartition(":") for text in container.published)
    return any(p == port and overlap(address, a) for a, _, p in pairs)


def _listens(listeners: Iterable[tuple[str, int]], address: str, port: str) -> bool:
    number, _, protocol = port.partition("/")
    if protocol != "tcp":
        return False
    return any(p == int(number) and overlap(address, a) for a, p in listeners)


def overlap(one: str, other: str) -> bool:
    """Whether one of the two addresses includes the other."""
    return one == other or one in _ANY or other in _ANY
