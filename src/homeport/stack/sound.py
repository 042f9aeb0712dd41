"""What a file asks for that cannot be, though Compose takes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homeport.errors import FileFault
from homeport.model.container import base_name
from homeport.model.stack import Service
from homeport.stack.ports import overlap, ports_of

# The kernel's: a bridge has so many ports (BR_MAX_PORTS, net/bridge/br_private.h), less a few.
MOST_REPLICAS = 1000


def check_sound(services: Mapping[str, Service]) -> None:
    """Compare the services of a file with what can be.

    Raises:
        FileFault: one joins what is no service, has a port or a name that is another's, a name that
            tells how far a rollout came, or more replicas than a network holds.
    """
    names: dict[str, str] = {}
    _ports(services)
    for name, service in services.items():
        _shares(name, service, services)
        _replicas(name, service)
        if service.container_name:
            _container_name(name, service.container_name, names)


def crowded(services: Mapping[str, Service]) -> Iterator[str]:
    """A warning for each service of which only one replica can have a port of the host."""
    for name, service in services.items():
        for _, port in ports_of(service) if service.replicas > 1 else ():
            yield f"services.{name}: one of its {service.replicas} replicas can have {port}"


def _ports(services: Mapping[str, Service]) -> None:
    taken: list[tuple[str, str, str]] = []
    for name, service in services.items():
        for address, port in ports_of(service):
            for other, theirs, same in taken:
                if other != name and port == same and overlap(address, theirs):
                    raise _fault(f"{name}.ports", f"{port} is a port of service {other}, too")
            taken.append((name, address, port))


def _shares(name: str, service: Service, services: Mapping[str, Service]) -> None:
    for shared in service.shares:
        if shared not in services:
            raise _fault(name, f"{shared} is no service")


def _replicas(name: str, service: Service) -> None:
    if not 0 <= service.replicas <= MOST_REPLICAS:
        said = f"{service.replicas} replicas cannot be: 0 to {MOST_REPLICAS}"
        raise _fault(f"{name}.deploy.replicas", said)


def _container_name(name: str, wanted: str, names: dict[str, str]) -> None:
    field = f"{name}.container_name"
    if base_name(wanted) != wanted:
        ending = wanted.rpartition(".")[2]
        raise _fault(
            field, f"{wanted!r} ends in .{ending}, by which rollouts tell how far they are"
        )
    if names.setdefault(wanted, name) != name:
        raise _fault(field, f"{wanted!r} is the name of service {names[wanted]}, too")


def _fault(field: str, said: str) -> FileFault:
    return FileFault(said, file="compose", field=f"services.{field}")
