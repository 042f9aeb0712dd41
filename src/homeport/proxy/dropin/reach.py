"""How a container is reached, or why it is not, in the words that stand beside it. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from homeport.model.container import Container, Endpoint, Health, Phase
from homeport.proxy.dropin.settings import Settings

_TAKES_TRAFFIC = (Phase.IN_SERVICE, Phase.LEAVING)
_NEVER = ("ingress", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where the proxy stands.

    `networks`: those that nginx is in; None where it reaches every container. `gateway`: at which
    it reaches containers on the machine's own network.
    """

    networks: frozenset[str] | None = None
    gateway: str = "127.0.0.1"


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """`server`: address:port, "" where it is not routed. `comments`: without their hashes."""

    server: str
    comments: tuple[str, ...]


def reach_of(
    container: Container,
    port: int,
    ready: Collection[str],
    around: Surroundings,
    settings: Settings,
) -> Reach:
    """How this container is reached at a port.

    Args:
        container: one that runs.
        port: at which it answers.
        ready: the ids of those that answer.
        around: where the proxy stands.
        settings: whether an IPv6 address goes before.
    """
    networks = around.networks
    address = _address(container, networks, around.gateway, settings)
    why_not = _why_not(container, address, ready)
    lines = (f"Container: {plain(container.name)}", *_networks(container, networks))
    lines += (f"    address: {address or '(none usable)'}", *_ports(container, port))
    if why_not:
        return Reach(server="", comments=(*lines, f"    /!\\ not routed: {why_not}"))
    return Reach(server=f"{address}:{port}", comments=lines)


def plain(text: str) -> str:
    """Fit for a comment and for a string of nginx's: no sign in it ends either."""
    return re.sub(r"[^ A-Za-z0-9_.:,()/*~+@=!<>|-]", "_", text)[:300]


def _why_not(container: Container, address: str, ready: Collection[str]) -> str:
    if not container.running:
        return f"it is {container.state}"
    if container.phase not in _TAKES_TRAFFIC:
        return f"it is {container.phase}"
    if container.stop_requested:
        return "it is being stopped"
    if not address:
        return "it shares no network with the proxy"
    if container.id in ready:
        return ""
    if container.health is not Health.NONE:
        return f"its healthcheck says {container.health}"
    return "its port does not accept connections yet"


def _address(
    container: Container, networks: Collection[str] | None, gateway: str, settings: Settings
) -> str:
    """Fit for nginx: an IPv6 address in brackets."""
    if container.network_mode == "host":
        return gateway
    shared = [e for e in container.endpoints if _is_shared(e, networks)]
    four = [e.address for e in shared if e.address]
    six = [f"[{ipaddress.ip_address(e.address6)}]" for e in shared if e.address6]
    every = [*six, *four] if settings.prefer_ipv6 else [*four, *six]
    return next(iter(every), "")


def _is_shared(endpoint: Endpoint, networks: Collection[str] | None) -> bool:
    return endpoint.network not in _NEVER and (networks is None or endpoint.network in networks)


def _networks(container: Container, networks: Collection[str] | None) -> tuple[str, ...]:
    if container.network_mode == "host":
        return ("    networks: the machine's own",)
    lines = [
        f"        {plain(e.network)} ({'reachable' if _is_shared(e, networks) else 'unreachable'})"
        for e in container.endpoints
    ]
    return ("    networks:", *lines) if lines else ("    networks: (none)",)


def _ports(container: Container, port: int) -> tuple[str, ...]:
    exposed = sorted(plain(one) for one in container.exposed)
    known = {one.partition("/")[0] for one in exposed}
    warning = "" if not known or str(port) in known else ", which is not exposed"
    return (
        f"    exposed ports: {' '.join(exposed) or '(none)'}",
        f"    using port: {port}{warning}",
    )
