"""What is found wrong before anything is touched. Pure."""

from __future__ import annotations

from homeport.errors import Conflict, RequestError
from homeport.model.stack import Condition, Stack
from homeport.stack.observed import Observed


def check(stack: Stack, observed: Observed) -> None:
    """Compare what the stack takes for granted with what is there.

    Raises:
        RequestError: an external network or volume is missing, or a condition can never hold.
        Conflict: a network is another project's.
    """
    _conditions(stack)
    for network in stack.networks.values():
        if network.external and network.name not in observed.networks:
            raise RequestError(
                f"external network {network.name} is not there",
                hint=f"docker network create {network.name}",
            )
        _owner("network", network.name, observed.networks.get(network.name), stack)
    for volume in stack.volumes.values():
        if volume.external and volume.name not in observed.volumes:
            raise RequestError(
                f"external volume {volume.name} is not there",
                hint=f"docker volume create {volume.name}",
            )


def _owner(kind: str, name: str, owner: str | None, stack: Stack) -> None:
    external = any(n.external and n.name == name for n in stack.networks.values())
    if owner and owner != stack.name and not external:
        raise Conflict(
            f"{kind} {name} belongs to project {owner}",
            hint="give it another name, or declare it external",
        )


def _conditions(stack: Stack) -> None:
    for name, service in stack.services.items():
        for dependency in service.depends_on:
            other = stack.services.get(dependency.service)
            if other is None and dependency.required:
                raise RequestError(f"{name} depends on {dependency.service}, which is no service")
            if other and dependency.condition is Condition.COMPLETED and other.hosts:
                raise RequestError(
                    f"{name} waits for {dependency.service} to complete, but that is a site"
                )
