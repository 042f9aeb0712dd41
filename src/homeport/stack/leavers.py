"""Services that are no longer in the stack, of which containers are there still. Pure.

They leave as the replicas of any other service do: their requests finish, then they are stopped.
"""

from __future__ import annotations

from msgspec.structs import replace

from homeport.model.stack import Service, Stack
from homeport.stack.observed import Observed, is_oneoff

# What it was made with is not known: its Engine starts it again, for all that the plan knows.
_BODY = {"HostConfig": {"RestartPolicy": {"Name": "always"}}}
_DRAIN = 30.0


def with_leavers(stack: Stack, observed: Observed) -> Stack:
    """The stack, with a service of no replicas for each that is in it no more."""
    known = (*stack.services, *stack.off)
    names = {c.service for c in observed.containers if not is_oneoff(c)}
    drain = max((s.drain for s in stack.services.values()), default=_DRAIN)
    leavers = {name: _leaver(name, drain) for name in sorted(names.difference(known))}
    return replace(stack, services={**stack.services, **leavers}) if leavers else stack


def _leaver(name: str, drain: float) -> Service:
    return Service(
        name=name,
        image="",
        config_hash="",
        body=_BODY,
        networks={},
        replicas=0,
        stop_grace=None,
        drain=drain,
        leaves=True,
    )
