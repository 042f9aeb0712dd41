"""Traffic inside a stack: a service is found by its name only where it is ready. Pure.

Compose gives each container its service's name when it is created, ready or not, and the Engine can
neither add nor take away a name later. So what others in the stack call has a further network, with
no gateway, called like the first with `.inside` behind it. Replicas join it when they take their
place, as `SERVICE.inside`; who calls them joins it with a link from SERVICE to that, which the
Engine's resolver asks before everything else. Whoever is not in it (`docker compose run`) finds the
service as Compose has it.

Source: moby libnetwork, sandbox.go (ResolveName: links of all networks first).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from homeport.model.stack import Condition, NetworkSpec, Order, Service, Stack
from homeport.stack.labels import INSTANCE
from homeport.stack.observed import Observed

SUFFIX = ".inside"
_PROJECT, _KEY = "com.docker.compose.project", "com.docker.compose.network"


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """The further networks of a stack: network -> service -> how its containers join."""

    networks: Mapping[str, Mapping[str, dict[str, Any]]] = msgspec.field(default_factory=dict)

    def of(self, service: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The networks that a service joins, with its EndpointSettings."""
        for network, members in self.networks.items():
            if service in members:
                yield network, members[service]


def inside_of(stack: Stack) -> Inside:
    """The further networks that a stack should have."""
    found = {}
    for spec in stack.networks.values():
        members = [s for s in stack.services.values() if spec.name in s.networks]
        callers = {s.name: sorted(_called(s, members)) for s in members}
        called = {name for names in callers.values() for name in names}
        if called and not spec.external:
            joined = [s.name for s in members if callers[s.name] or s.name in called]
            found[spec.name + SUFFIX] = {
                name: _settings(name, callers[name], name in called) for name in joined
            }
    return Inside(networks=found)


def with_inside(stack: Stack, inside: Inside, *, instance: str = "") -> Stack:
    """The stack with its further networks, which say whose they are: which homeport's."""
    keys = {spec.name: spec.key for spec in stack.networks.values()}
    specs = [_spec(stack, keys, name, instance) for name in inside.networks]
    return replace(stack, networks={**stack.networks, **{spec.key: spec for spec in specs}})


def due(inside: Inside, observed: Observed, changing: Collection[str]) -> Inside:
    """Those that somebody is in, or that a service needs which changes: others wait."""
    used = {e.network for c in observed.containers for e in c.endpoints}
    networks = {
        name: members
        for name, members in inside.networks.items()
        if name in used or not members.keys().isdisjoint(changing)
    }
    return Inside(networks=networks)


def _called(service: Service, members: list[Service]) -> Iterator[str]:
    """The services that it calls: it says so, or their names stand in what it is told.

    Those that stop first are never there twice, and need nothing.
    """
    said = {d.service for d in service.depends_on if d.condition is not Condition.COMPLETED}
    told = " ".join([*(service.body.get("Env") or ()), *map(str, service.body.get("Cmd") or ())])
    for other in members:
        if other.name == service.name or other.order is Order.STOP_FIRST:
            continue
        if other.name in said or re.search(rf"(?<![\w.-]){re.escape(other.name)}(?=[:/])", told):
            yield other.name


def _settings(name: str, calls: list[str], called: bool) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if called:
        settings["Aliases"] = [name + SUFFIX]
    if calls:
        settings["Links"] = [f"{other}{SUFFIX}:{other}" for other in calls]
    return settings


def _spec(stack: Stack, keys: Mapping[str, str], name: str, instance: str) -> NetworkSpec:
    key = keys[name.removesuffix(SUFFIX)] + SUFFIX
    labels = {_PROJECT: stack.name, _KEY: key, INSTANCE: instance}
    body = {"Driver": "bridge", "Internal": True, "Labels": labels}
    return NetworkSpec(key=key, name=name, body=body, optional=True)
