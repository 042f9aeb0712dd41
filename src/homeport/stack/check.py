"""What is found wrong before anything is touched. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from homeport.errors import Conflict, RequestError
from homeport.model.container import Container
from homeport.model.stack import Condition, Service, Stack
from homeport.stack.labels import FOLDER, INSTANCE
from homeport.stack.observed import Observed
from homeport.stack.ports import ports_of, ranges_of
from homeport.stack.sound import crowded


def check(stack: Stack, observed: Observed, *, instance: str = "") -> None:
    """Compare what the stack takes for granted with what is there.

    Raises:
        RequestError: an external network or volume is missing, or a condition can never hold.
        Conflict: the project, a network or a port of the host is somebody else's.
    """
    _conditions(stack, observed)
    for container in observed.containers:
        _ours(container, stack, instance)
    if not stack.named:
        check_folder(observed, hint="choose another name: -p NAME; or, where the same one is meant")
    for name, service in stack.services.items():
        _ports(name, service, observed)
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


def check_folder(observed: Observed, *, hint: str) -> None:
    """Two folders of one name are two projects, unless somebody says the name.

    Raises:
        Conflict: it was made in another folder, which is there still.
    """
    for folder in sorted(observed.folders):
        raise Conflict(
            f"project {observed.project} was made in {folder}, and that is another folder of this"
            " name",
            hint=f"{hint}: -p {observed.project}",
        )


def check_possible(stack: Stack, observed: Observed) -> None:
    """What a plan shows with a warning, and nobody is to carry out.

    Raises:
        RequestError: what runs would be stopped for what cannot be.
    """
    for error in (*_crowded(stack), *unpullable(stack, observed)):
        raise error


def _crowded(stack: Stack) -> Iterator[RequestError]:
    for said in crowded(stack.services):
        yield RequestError(
            said, hint="publish a range (8080-8081:80); or let the proxy route it: VIRTUAL_HOST"
        )


def unpullable(stack: Stack, observed: Observed) -> Iterator[RequestError]:
    """A refusal for each service whose image is not here, and is not to come."""
    for name, service in stack.services.items():
        never = service.pull_policy == "never" and service.replicas
        if never and service.image not in observed.images:
            yield RequestError(
                f"{name} needs image {service.image}, which is not here, and is never to be pulled",
                hint=f"docker pull {service.image}; or another pull_policy",
            )


def _owner(kind: str, name: str, owner: str | None, stack: Stack) -> None:
    external = any(n.external and n.name == name for n in stack.networks.values())
    if owner and owner != stack.name and not external:
        raise Conflict(
            f"{kind} {name} belongs to project {owner}",
            hint="give it another name, or declare it external",
        )


def _ours(container: Container, stack: Stack, instance: str) -> None:
    """A project of the same name that somebody else made is left alone."""
    maker, folder = container.labels.get(INSTANCE), container.labels.get(FOLDER, "")
    if maker is not None and maker != instance:
        raise Conflict(
            f"project {stack.name} belongs to another homeport on this Engine",
            hint="choose another name",
        )
    if maker is None and folder and folder != stack.directory:
        raise Conflict(
            f"project {stack.name} was made by docker compose in {folder}",
            hint=f"choose another name; or docker compose -p {stack.name} down",
        )


def _ports(name: str, service: Service, observed: Observed) -> None:
    for _, port in ports_of(service):
        if port in observed.taken:
            raise _no_port(f"{name} cannot have port {port}", observed.taken[port])
    for found in ranges_of(service):
        taken = {port: observed.taken[port] for _, port in found.ports if port in observed.taken}
        if service.replicas + len(taken) > len(found.ports):
            why = [f"{port}: {reason}" for port, reason in taken.items()]
            said = f"{name} cannot have {service.replicas} of the ports {found.text}"
            raise _no_port(said, "; ".join(why[:3]) or f"there are {len(found.ports)}")


def _no_port(said: str, why: str) -> Conflict:
    hint = "publish another port; or let the proxy route it: VIRTUAL_HOST"
    return Conflict(f"{said} of this machine: {why}", hint=hint)


def _conditions(stack: Stack, observed: Observed) -> None:
    for name, service in stack.services.items():
        for dependency in service.depends_on:
            other = stack.services.get(dependency.service)
            if other is None and dependency.required:
                raise RequestError(f"{name} depends on {dependency.service}, which is no service")
            if other and dependency.condition is Condition.HEALTHY:
                _has_check(name, other, observed)
            if other and dependency.condition is Condition.COMPLETED and other.hosts:
                raise RequestError(
                    f"{name} waits for {dependency.service} to complete, but that is a site"
                )


def _has_check(name: str, other: Service, observed: Observed) -> None:
    if not other.has_healthcheck and other.image in observed.unchecked:
        raise RequestError(
            f"{name} waits until {other.name} is healthy, but that has no healthcheck",
            hint="give it a healthcheck, or wait for service_started",
        )
