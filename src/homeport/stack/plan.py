"""From what is wanted and what is there to the steps between the two. Pure.

A rollout without state, in the order in which its steps stand:

    create and start each new replica as NAME.staged, in depends_on order; wait until it is ready
    -- all new replicas of the whole stack are ready --
    promote each by renaming it to NAME, and rename each old one to NAME.draining
    wait until the proxy answers from the new alone
    drain, stop, remove the old

Where the old has to end before the new can start (`Order.STOP_FIRST`), the new one is created and
waits, the old one becomes NAME.yielding: its requests are held, those in flight finish, it stops;
it is removed last, so that going back is starting it again.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from homeport.model.draft import Draft
from homeport.model.plan import (
    CreateNetwork,
    CreateVolume,
    Plan,
    PullImage,
    RemoveNetwork,
    RemoveVolume,
)
from homeport.model.stack import Service, Stack
from homeport.stack.as_made import as_made
from homeport.stack.bringup import BringUp
from homeport.stack.changes import changes
from homeport.stack.check import check, unpullable
from homeport.stack.graph import in_dependency_order
from homeport.stack.handover import HandOver
from homeport.stack.hashes import shared_hash
from homeport.stack.inherit import heirlooms, with_state
from homeport.stack.inside import due, inside_of, with_inside
from homeport.stack.leavers import with_leavers
from homeport.stack.needed import needed_by
from homeport.stack.observed import Observed
from homeport.stack.replicas import Replicas, sort_replicas
from homeport.stack.retreat import take_away
from homeport.stack.steps import Steps


def plan_up(stack: Stack, observed: Observed, *, instance: str = "") -> Plan:
    """The steps that make `stack` of what is `observed`; none where nothing is to do.

    Args:
        stack: what is wanted, images resolved.
        observed: a snapshot of the same project.
        instance: which homeport this is, for the containers' labels.

    Raises:
        RequestError: something external is missing, or a condition can never hold.
        Conflict: the project, a network, or a port of the host is somebody else's.
    """
    check(stack, observed, instance=instance)
    stack = with_leavers(with_state(stack, observed), observed)
    draft = Draft()
    for warning in (*stack.warnings, *as_made(stack, observed)):
        draft.warn(warning)
    for impossible in unpullable(stack, observed):
        draft.warn(impossible.message)
    sorted_out = _sort(stack, observed)
    order = [name for name in in_dependency_order(stack) if not sorted_out[name].settled]
    inside = due(inside_of(stack), observed, order)
    stack = with_inside(stack, inside, instance=instance)
    ready = _networks(draft, stack, observed) + _volumes(draft, stack, observed)
    pulled = _pulls(draft, stack, observed)
    steps = Steps(draft=draft)
    bring_up = BringUp(steps, stack, sorted_out, base=ready, pulled=pulled, instance=instance)
    needed = needed_by(observed.containers)
    hand_over = HandOver(steps, stack, sorted_out, inside, needed)
    for name in order:
        bring_up.clear(name)
    for name in order:
        bring_up.service(name)
    leaving = [name for name in needed if name in order and stack.services[name].leaves]
    staying = [name for name in order if name not in leaving]
    for name in (*sorted(staying, key=lambda name: name in steps.givers), *leaving):
        hand_over.service(name)
    for name, found in sorted_out.items():
        hand_over.join_again(name, found.keep, base=ready)
    _stale_networks(draft, stack, observed, after=steps.removed)
    plan = draft.plan()
    if not plan.steps:
        return plan
    return replace(plan, changes=tuple(changes(stack, observed, sorted_out)))


def plan_down(observed: Observed, *, volumes: bool = False) -> Plan:
    """The steps that take a project away; its volumes too if `volumes`.

    Who needs another ends before it, as docker compose does it.
    """
    draft, ended = Draft(), dict[str, list[int]]()
    containers = sorted(observed.containers, key=lambda c: c.name)
    for name, others in needed_by(containers).items():
        after = [step for other in sorted(others) for step in ended[other]]
        why = "the project is taken down"
        ended[name] = [
            take_away(draft, container, why, volumes=volumes, after=after)
            for container in containers
            if container.service == name
        ]
    gone = [step for steps in ended.values() for step in steps]
    for name in sorted(_own(observed.networks, observed)):
        draft.add(f"network:{name}", RemoveNetwork(target=name), "nobody is left in it", after=gone)
    inherited = {v for c in observed.containers for v in heirlooms(c, {}).values()}
    for name in sorted(_own(observed.volumes, observed) | inherited) if volumes else ():
        draft.add(f"volume:{name}", RemoveVolume(target=name), "as was asked", after=gone)
    return draft.plan()


def _sort(stack: Stack, observed: Observed) -> dict[str, Replicas]:
    """Each service's replicas; one whose dependency is replaced may have to follow."""
    result: dict[str, Replicas] = {}
    for name in in_dependency_order(stack):
        service = _hashed(stack.services[name], result)
        result[name] = sort_replicas(
            service,
            observed.of_service(name),
            project=stack.name,
            image_id=observed.images.get(service.image, ""),
            force=_follows(service, result),
        )
    return result


def _hashed(service: Service, earlier: Mapping[str, Replicas]) -> Service:
    """With the hash that it has beside the containers that it shares with, where they stay."""
    if not service.hashed:
        return service
    ids = {name: found.stays[0].id for name, found in earlier.items() if found.stays}
    return replace(service, config_hash=shared_hash(service.hashed, ids))


def _follows(service: Service, earlier: Mapping[str, Replicas]) -> str:
    if service.leaves:
        return f"service {service.name} is no longer in the stack"
    for shared in service.shares:
        if _replaced(earlier.get(shared)):
            return f"it shares a namespace with {shared}, which is replaced"
    for dependency in service.depends_on:
        if dependency.restart and _replaced(earlier.get(dependency.service)):
            return f"depends_on {dependency.service} with restart: true, which is replaced"
    return ""


def _replaced(replicas: Replicas | None) -> bool:
    return replicas is not None and bool(replicas.new and replicas.old)


def _networks(draft: Draft, stack: Stack, observed: Observed) -> list[int]:
    return [
        draft.add(
            f"network:{key}",
            CreateNetwork(target=network.name, body=network.body, optional=network.optional),
            "it is not there yet",
        )
        for key, network in stack.networks.items()
        if not network.external and network.name not in observed.networks
    ]


def _volumes(draft: Draft, stack: Stack, observed: Observed) -> list[int]:
    return [
        draft.add(
            f"volume:{key}",
            CreateVolume(target=volume.name, body=volume.body),
            "it is not there yet",
        )
        for key, volume in stack.volumes.items()
        if not volume.external and volume.name not in observed.volumes
    ]


def _pulls(draft: Draft, stack: Stack, observed: Observed) -> dict[str, int]:
    """Image reference -> the step that pulls it."""
    missing = {
        service.image: f"{name} needs it, and it is not here"
        for name, service in stack.services.items()
        if service.image not in observed.images and service.replicas
    }
    return {
        image: draft.add(f"image:{image}", PullImage(target=image), why)
        for image, why in missing.items()
    }


def _stale_networks(draft: Draft, stack: Stack, observed: Observed, *, after: list[int]) -> None:
    # A further network may be left of what docker compose took down: it does no harm.
    further = set(inside_of(stack).networks)
    off = (c for c in observed.containers if c.service in stack.off)
    further |= {endpoint.network for container in off for endpoint in container.endpoints}
    wanted = {network.name for network in stack.networks.values()} | further
    for name in sorted(_own(observed.networks, observed) - wanted):
        draft.add(
            f"network:{name}",
            RemoveNetwork(target=name),
            "it is no longer in the stack",
            after=after,
        )


def _own(owners: Mapping[str, str], observed: Observed) -> set[str]:
    return {name for name, project in owners.items() if project == observed.project}


def scaled(stack: Stack, scale: Mapping[str, int]) -> Stack:
    """The stack with the number of replicas that a person asked for."""
    services = {
        name: replace(service, replicas=scale.get(name, service.replicas))
        for name, service in stack.services.items()
    }
    return replace(stack, services=services)
