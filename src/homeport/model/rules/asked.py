"""The names that a stack asks the proxy for. Pure."""

from __future__ import annotations

from homeport.model.rules.read import read_rules
from homeport.model.stack import Stack


def asked_hosts(stack: Stack) -> tuple[str, ...]:
    """Those that its services answer, then those that lead to them (`redirect_from`)."""
    routed = (service for service in stack.services.values() if service.hosts)
    leading = (host for one in routed for host in read_rules(one.route).redirect_from)
    return tuple(dict.fromkeys((*stack.hosts, *leading)))
