"""Which services can start beside themselves, and which have to stop first. Pure.

The rule: a service stops first where two of it at once would have the same thing: a writable
volume or bind mount, a fixed port of the host, the host's network, a static address. Everything
else starts first; a container_name is handed on by renaming. What a person says goes before, but
for a port and an address: the Engine gives them to one container.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.model.stack import Order
from homeport.stack.endpoints import fixed_addresses, fixed_ports, narrow_ranges

Model = Mapping[str, Any]


def order_of(
    service: Model,
    said: Mapping[str, Any],
    writable: tuple[str, ...],
    *,
    network: str,
    replicas: int = 1,
) -> tuple[Order, str]:
    """The order of a service, and why.

    Args:
        service: the service, normalised.
        said: its x-homeport.
        writable: the mounts that it may write to.
        network: the Engine's name of its first network.
        replicas: how many of it there are.
    """
    given = alone(service, replicas)
    wish, who = _wish(service, said)
    if wish is Order.START_FIRST and given:
        return Order.STOP_FIRST, f"{given[0]}, though {who} says start-first"
    if wish:
        return wish, f"{who} says so"
    host = ["host network"] if network == "host" else []
    reasons = [*(f"writable {name}" for name in writable), *given, *host]
    return (Order.STOP_FIRST, reasons[0]) if reasons else (Order.START_FIRST, "stateless")


def alone(service: Model, replicas: int) -> list[str]:
    """What the Engine refuses to a second container."""
    return [
        *(f"fixed host port {port}" for port in fixed_ports(service)),
        *(f"host ports {text} for {replicas}" for text in narrow_ranges(service, replicas)),
        *(f"static address {address}" for address in fixed_addresses(service)),
    ]


def _wish(service: Model, said: Mapping[str, Any]) -> tuple[Order | None, str]:
    """The order that somebody asks for, and where."""
    if "order" in said:
        return said["order"], "x-homeport"
    update = ((service.get("deploy") or {}).get("update_config") or {}).get("order")
    return (Order(update) if update else None), "deploy.update_config"
