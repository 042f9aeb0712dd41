"""`deploy.update_config` and `rollback_config`: what they mean in Swarm. Pure.

Source: docker/cli, docs/reference/commandline/service_create.md; compose-spec, deploy.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from homeport.errors import FileFault
from homeport.model.stack import Order, Policy, Service, Stack
from homeport.stack.units import seconds

KEYS = frozenset(
    {"parallelism", "delay", "monitor", "max_failure_ratio", "failure_action", "order"}
)
ACTIONS = ("rollback", "pause", "continue")


def policy_of(deploy: Mapping[str, Any], key: str, where: str) -> Policy:
    """What `deploy.KEY` says.

    Raises:
        FileFault: a value cannot be.
    """
    said, field = deploy.get(key) or {}, f"{where}.deploy.{key}"
    ratio = float(said.get("max_failure_ratio") or 0)
    if not 0 <= ratio <= 1:
        raise FileFault(f"{ratio} is no share", file="compose", field=f"{field}.max_failure_ratio")
    return Policy(
        parallelism=None if said.get("parallelism") is None else int(said["parallelism"]),
        delay=seconds(said.get("delay") or 0, f"{field}.delay"),
        monitor=_monitor(said.get("monitor"), f"{field}.monitor"),
        failure_action=_action(said.get("failure_action"), f"{field}.failure_action"),
        max_failure_ratio=ratio,
        order=Order(said["order"]) if said.get("order") else None,
    )


def _monitor(said: object, field: str) -> float | None:
    return None if said is None else seconds(said, field)


def turned_back(stack: Stack) -> Stack:
    """The stack as it is gone back to: `rollback_config` holds instead of `update_config`."""
    return replace(stack, services={n: _turned(s) for n, s in stack.services.items()})


def _turned(service: Service) -> Service:
    turned = replace(service, update=service.rollback)
    order = service.rollback.order
    if order is None:
        return turned
    if order is Order.START_FIRST and service.alone:
        why = f"{service.alone}, though rollback_config says start-first"
        return replace(turned, order=Order.STOP_FIRST, order_why=why)
    return replace(turned, order=order, order_why="rollback_config says so")


def _action(said: str | None, field: str) -> str:
    if said is None:
        return ACTIONS[0]
    if said not in ACTIONS:
        hint = ", ".join(ACTIONS)
        raise FileFault(f"{said!r} is not known", file="compose", field=field, hint=hint)
    return said
