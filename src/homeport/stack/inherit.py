"""Anonymous volumes go on to the container that takes over: what is in them is state. Pure.

Source: docker/compose v2, pkg/compose/create.go (buildContainerMountOptions, `inherit`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from homeport.model.container import Container, Phase
from homeport.model.stack import Order, Service, Stack
from homeport.stack.observed import Observed

_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_LIVE = (Phase.IN_SERVICE, Phase.LEAVING, Phase.YIELDING)


def heirlooms(container: Container, body: Mapping[str, Any]) -> dict[str, str]:
    """Path -> anonymous volume of `container`, but for paths at which `body` mounts something."""
    if (body.get("HostConfig") or {}).get("VolumesFrom"):
        return {}  # which of them are its own cannot be told; those come with `volumes_from` again
    taken = _sources(body)
    return {
        path: name
        for path, name in container.volumes.items()
        if _ANONYMOUS.fullmatch(name) and path not in taken
    }


def inherited(body: Mapping[str, Any], volumes: Mapping[str, str]) -> dict[str, Any]:
    """The body of a container that mounts `volumes` where its predecessor did."""
    if not volumes:
        return dict(body)
    host = dict(body.get("HostConfig") or {})
    host["Binds"] = [*(host.get("Binds") or ()), *(f"{n}:{p}:rw" for p, n in volumes.items())]
    mounts = [m for m in host.get("Mounts") or () if m["Target"] not in volumes]
    return {**body, "HostConfig": {**host, "Mounts": mounts}}


def with_state(stack: Stack, observed: Observed) -> Stack:
    """The stack, where a service whose containers have anonymous volumes stops first.

    Two containers at once on the files of a database destroy them.
    """
    services = {name: _with_state(service, observed) for name, service in stack.services.items()}
    return replace(stack, services=services)


def _with_state(service: Service, observed: Observed) -> Service:
    if service.order is Order.STOP_FIRST or service.order_why != "stateless":
        return service
    live = (c for c in observed.of_service(service.name) if c.phase in _LIVE)
    paths = [path for c in live for path in heirlooms(c, service.body)]
    if not paths:
        return service
    return replace(service, order=Order.STOP_FIRST, order_why=f"anonymous volume {paths[0]}")


def _sources(body: Mapping[str, Any]) -> set[str]:
    """The paths at which something that has a name is mounted."""
    host = body.get("HostConfig") or {}
    bound = {bind.split(":")[1] for bind in host.get("Binds") or ()}
    named = {m["Target"] for m in host.get("Mounts") or () if m.get("Source")}
    return bound | named | {m["Target"] for m in host.get("Mounts") or () if m["Type"] != "volume"}
