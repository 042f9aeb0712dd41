"""The ports of the host that a stack wants, and who has them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from homeport.model.container import Container
from homeport.model.stack import Service, Stack
from homeport.stack.observed import is_oneoff

Port = tuple[str, str]  # address, `8080/tcp`
_MOST = 64  # ports of a range that are looked at
_ANY = ("", "0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def wanted_ports(stack: Stack) -> set[Port]:
    """Each port that a service of the stack may have: by number, or of a range."""
    services = stack.services.values()
    ranges = (port for s in services for found in ranges_of(s) for port in found.ports)
    return {*(port for service in services for port in ports_of(service)), *ranges}


def ports_of(service: Service) -> Iterator[Port]:
    """The fixed ports of one service; a range is free to move."""
    for address, text, protocol in _bindings(service):
        if text.isdigit() and text != "0":
            yield address, f"{text}/{protocol}"


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Ports of which each replica of a service has one."""

    text: str  # 8000-8010/tcp
    ports: tuple[Port, ...]


def ranges_of(service: Service) -> Iterator[Range]:
    """The ranges of one service, but for those that nobody fills."""
    for address, text, protocol in _bindings(service):
        first, _, last = text.partition("-")
        if last and int(last) - int(first) < _MOST:
            numbers = range(int(first), int(last) + 1)
            ports = tuple((address, f"{number}/{protocol}") for number in numbers)
            yield Range(text=f"{text}/{protocol}", ports=ports)


def _bindings(service: Service) -> Iterator[tuple[str, str, str]]:
    """(address, `8080` or `8000-8010`, protocol) as the file publishes them."""
    host = service.body.get("HostConfig") or {}
    bindings = host.get("PortBindings") or {} if service.replicas else {}
    for target, found in bindings.items():
        for binding in found or ():
            protocol = target.partition("/")[2]
            yield binding.get("HostIp", ""), str(binding.get("HostPort") or ""), protocol


def holders(
    wanted: Iterable[Port],
    project: str,
    containers: Iterable[Container],
    occupied: Mapping[Port, str],
    *,
    off: Collection[str] = (),
) -> dict[str, str]:
    """`8080/tcp` -> why it cannot be had: who of this machine or of another project has it.

    Args:
        wanted: as `wanted_ports` has them.
        project: whose own containers may have it: they hand it on.
        containers: all that run.
        occupied: why this machine refuses it, where it does.
        off: services of the project that are left alone, and hand nothing on.
    """
    running = list(containers)
    found: dict[str, str] = {}
    for address, port in wanted:
        owners = [c for c in running if publishes(c, address, port)]
        others = [c for c in owners if c.project != project or c.service in off or is_oneoff(c)]
        if others:
            found[port] = f"container {others[0].name} has it"
        elif not owners and (address, port) in occupied:
            found[port] = occupied[address, port]
    return found


def unpublished(wanted: Iterable[Port], containers: Sequence[Container]) -> list[Port]:
    """Those of `wanted` that no running container has."""
    return [w for w in wanted if not any(publishes(c, *w) for c in containers)]


def publishes(container: Container, address: str, port: str) -> bool:
    """Whether a container has a port of the host, at that address or at one that includes it."""
    pairs = (text.rpartition(":") for text in container.published)
    return any(p == port and overlap(address, a) for a, _, p in pairs)


def overlap(one: str, other: str) -> bool:
    """Whether one of the two addresses includes the other."""
    return one == other or one in _ANY or other in _ANY
