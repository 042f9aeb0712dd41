"""What one service gives up and another takes: it has one user at a time. Pure.

A database that is called otherwise keeps its volume; a port of the host moves from one service to
another. The container that has it makes way before the one that takes it starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from homeport.model.container import Container
from homeport.model.stack import Service, Stack
from homeport.stack.ports import ports_of, publishes
from homeport.stack.replicas import Replicas

_ALIVE = ("running", "restarting", "paused")


class HandedOn(msgspec.Struct, frozen=True, kw_only=True):
    """`container` of service `giver` has `what` the other is going to need."""

    giver: str
    container: Container
    what: str


def handed_on(taker: Service, stack: Stack, replicas: Mapping[str, Replicas]) -> Iterator[HandedOn]:
    """What containers of other services have to give up before one of `taker` starts."""
    for name, found in replicas.items():
        for container in (*found.old, *found.gone) if name != taker.name else ():
            left = container in found.gone
            what = _what(taker, stack.services[name], container, replicas[taker.name], left=left)
            if what and container.state in _ALIVE:
                yield HandedOn(giver=name, container=container, what=what)


def writes_of(body: Mapping[str, Any]) -> set[str]:
    """The volumes by name, and the folders of the machine, that a container may write to."""
    host = body.get("HostConfig") or {}
    binds = (str(bind).split(":") for bind in host.get("Binds") or ())
    mounts = (m for m in host.get("Mounts") or () if m["Type"] in ("volume", "bind"))
    bound = {source for source, _, *mode in binds if "ro" not in ",".join(mode).split(",")}
    return bound | {m["Source"] for m in mounts if m.get("Source") and not m.get("ReadOnly")}


def _what(
    taker: Service, giver: Service, container: Container, found: Replicas, *, left: bool
) -> str:
    """`port 5432/tcp`, `address 10.0.0.3`, or the state; "" where it has nothing of that."""
    for address, port in ports_of(taker):
        if publishes(container, address, port):
            return f"port {port}"
    for address in _addresses(taker) & {e.address or e.address6 for e in container.endpoints}:
        return f"address {address}"
    for state in sorted(writes_of(taker.body) & set(container.writes)):
        mine = (c for c in (*found.stays, *found.old) if c.state in _ALIVE)
        # Two services that share it now go on to.
        shared = any(state in c.writes for c in mine) and not left
        if state not in writes_of(giver.body) and not shared:
            return f"what is in {state}"
    return ""


def _addresses(service: Service) -> set[str]:
    settings = (s.get("IPAMConfig") or {} for s in service.networks.values())
    return {s[key] for s in settings for key in ("IPv4Address", "IPv6Address") if s.get(key)}
