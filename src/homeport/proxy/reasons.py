"""Why a container is not routed, in the order in which that is looked at. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from homeport.model.container import Health, Phase
from homeport.proxy.seen import Candidate


def reasons(found: Candidate, networks: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each with what to do about it: the first is the one that counts.

    Args:
        found: a container that asks for a host, and is not routed.
        networks: those that nginx is in.
    """
    if found.refused:
        yield found.refused, _refusal_hint(found)
    yield from _not_running(found)
    if found.phase is not Phase.IN_SERVICE:
        yield f"it is {found.phase}: a rollout moves it", "homeport events"
    if found.stop_requested:
        yield "it is being stopped", "docker start, or another homeport deploy"
    if not found.address:
        yield "it shares no network with nginx", _network_hint(found, networks)
    yield from _not_ready(found)


def _refusal_hint(found: Candidate) -> str:
    if " belongs to " in found.refused:
        return "a host belongs to the first project that asked for it: homeport proxy routes"
    return "the variable in its environment has to be another; the other containers are served"


def _not_running(found: Candidate) -> Iterator[tuple[str, str]]:
    logs = f"docker logs {found.name}"
    if found.state == "restarting":
        yield f"it ends again and again: {found.restarts} restarts, status {found.exit_code}", logs
    elif found.state == "exited":
        yield f"it exited with status {found.exit_code}", logs
    elif found.state != "running":
        yield f"it is {found.state}", ""


def _network_hint(found: Candidate, networks: Collection[str]) -> str:
    if found.network_mode in ("none", "host"):
        return f"nginx does not reach a container with --network {found.network_mode}: give it one"
    theirs, ours = listed(found.networks) or "no network", listed(networks) or "none"
    return f"it is in {theirs}, nginx in {ours}"


def _not_ready(found: Candidate) -> Iterator[tuple[str, str]]:
    if found.health is Health.UNHEALTHY:
        said = f": {found.check}" if found.check else ""
        yield f"its healthcheck fails{said}", f"docker inspect {found.name} shows its last runs"
    elif found.health is Health.STARTING:
        yield "its healthcheck has not passed yet", ""
    elif not found.accepts:
        yield f"nothing accepts connections at its port {found.port}", _port_hint(found)


def _port_hint(found: Candidate) -> str:
    if found.listening is None:
        return f"does it listen on {found.port}, and on 0.0.0.0? VIRTUAL_PORT names another port"
    if any(one.loopback and one.port == found.port for one in found.listening):
        return "it listens on 127.0.0.1 only: let it listen on 0.0.0.0"
    others = sorted({one.port for one in found.listening if not one.loopback})
    if others:
        return f"it listens on {listed(map(str, others))}: VIRTUAL_PORT or EXPOSE has to name that"
    return "it listens on no port at all"


def listed(names: Iterable[str]) -> str:
    """Names between commas."""
    return ", ".join(names)
