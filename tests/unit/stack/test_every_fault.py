"""Every place at which a rollout can fail or end, one after the other: what follows puts it right.

Each call to the Engine fails once, or is the last that was made before a `kill -9`. After that,
going back has to end in exactly what was there before, and going on in exactly what is wanted.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from msgspec.structs import replace

from homeport.errors import HomeportError
from homeport.execute import execute
from homeport.model.container import STAGED, Phase
from homeport.model.plan import Action, AwaitCompleted, AwaitHealthy, AwaitRouted, Drain, Plan
from homeport.model.stack import Condition, Dependency, NetworkSpec, Order, Policy, Service, Stack
from homeport.stack.apply import Hands
from homeport.stack.observe import observe
from homeport.stack.plan import plan_up
from homeport.stack.retreat import plan_retreat
from tests.fake_engine import FakeDocker, failing
from tests.unit.stack.builders import service

SERVES = (Phase.IN_SERVICE, Phase.LEAVING)
STATEFUL = {"order": Order.STOP_FIRST, "order_why": "writable volume data"}


def stack(*services: Service) -> Stack:
    """Project `blog`."""
    network = NetworkSpec(
        key="default", name="blog_default", body={"Labels": {"com.docker.compose.project": "blog"}}
    )
    return Stack(name="blog", services={s.name: s for s in services}, networks={"default": network})


def versions(*services: Service) -> tuple[Stack, Stack]:
    """A stack, and the same with another configuration of each service."""
    newer = [replace(s, config_hash=f"{s.config_hash}-2") for s in services]
    return stack(*services), stack(*newer)


def on(*volumes: str, port: str = "") -> dict[str, Any]:
    """What a service is that stops first: it writes to these volumes, or has that port."""
    binding = {"80/tcp": [{"HostIp": "", "HostPort": port}]} if port else {}
    host = {
        "RestartPolicy": {"Name": "always"},
        "Binds": [f"{volume}:/data:rw" for volume in volumes],
        "PortBindings": binding,
    }
    return {**STATEFUL, "body": {"HostConfig": host}}


CASES = {
    "stateless": versions(service("web", hosts=("a.org",), port=80)),
    "replicas": versions(service("web", replicas=3, hosts=("a.org",), port=80)),
    "fixed name": versions(service("web", container_name="site", hosts=("a.org",), port=80)),
    "stateful": versions(service("db", **STATEFUL)),
    "stateful and routed": versions(service("db", hosts=("a.org",), port=80, **STATEFUL)),
    "stateful replicas": versions(service("db", replicas=3, hosts=("a.org",), port=80, **STATEFUL)),
    "stateful with a fixed name": versions(service("db", container_name="db", **STATEFUL)),
    "paced": versions(service("web", replicas=3, update=Policy(parallelism=2))),
    "site with database": versions(
        service(
            "web",
            hosts=("a.org",),
            port=80,
            depends_on=(Dependency(service="db", condition=Condition.HEALTHY),),
        ),
        service("db", **STATEFUL),
    ),
    "scaled": (
        stack(service("web", replicas=1)),
        stack(service("web", replicas=3)),
    ),
    "scaled to nothing": (
        stack(service("web", hosts=("a.org",), port=80)),
        stack(service("web", replicas=0, hosts=("a.org",), port=80)),
    ),
    "service added, service removed": (
        stack(service("web"), service("old")),
        stack(service("web"), service("new")),
    ),
    "database with another name": (
        stack(service("db", **on("blog_data"))),
        stack(service("database", **on("blog_data"))),
    ),
    "routed site with another name": (
        stack(service("web", hosts=("a.org",), port=80, container_name="site")),
        stack(service("www", hosts=("a.org",), port=80, container_name="site")),
    ),
    "port that moves": (
        stack(service("a", **on(port="80")), service("b")),
        stack(service("a", config_hash="2"), service("b", **on(port="80"), config_hash="2")),
    ),
    "ports that change places": (
        stack(service("a", **on(port="80")), service("b", **on(port="81"))),
        stack(
            service("a", **on(port="81"), config_hash="2"),
            service("b", **on(port="80"), config_hash="2"),
        ),
    ),
    "names that change places": (
        stack(service("a", container_name="x"), service("b", container_name="y")),
        stack(
            service("a", container_name="y", config_hash="2"),
            service("b", container_name="x", config_hash="2"),
        ),
    ),
    "volume that moves": (
        stack(service("a", **on("blog_data")), service("b")),
        stack(service("a", config_hash="2"), service("b", **on("blog_data"), config_hash="2")),
    ),
}


async def move(engine: FakeDocker, wanted: Stack) -> Plan:
    """Observe, plan, execute; waits are over at once."""
    plan = plan_up(wanted, await observe(engine, "blog", wanted))
    await carry_out(engine, plan)
    return plan


async def carry_out(engine: FakeDocker, plan: Plan) -> None:
    hands = Hands(engine, lambda _line: None)

    async def perform(action: Action) -> None:
        if isinstance(action, AwaitHealthy | AwaitRouted | AwaitCompleted | Drain):
            engine.fault("await", action.target)
        else:
            await hands.perform(action)
        running = [c for c in await engine.containers() if c.running]
        used = [state for c in running for state in c.writes]
        assert len(used) == len(set(used)), [(c.name, c.writes) for c in running]

    await execute(plan, perform, lambda _event: None)


async def shape(engine: FakeDocker) -> list[tuple[str, str, str]]:
    """What a person sees: names but for numbers, configuration, state."""
    found = [
        (c.service, c.labels["com.docker.compose.config-hash"], c.state)
        for c in await engine.containers()
    ]
    return sorted(found)


async def fresh(before: Stack) -> FakeDocker:
    """An Engine on which `before` runs."""
    engine = FakeDocker(every_image=True, has_ports=True)
    await move(engine, before)
    return engine


async def faults(before: Stack, after: Stack) -> int:
    """How many calls the way from one to the other takes."""
    engine, count = await fresh(before), itertools.count()
    engine.fault = lambda _operation, _target: (next(count), None)[1]
    await move(engine, after)
    return next(count)


@pytest.mark.parametrize("case", list(CASES))
async def test_going_back_after_a_fault_at_any_call_ends_in_what_was_there(case: str) -> None:
    """The new is gone, the old runs under its names, and nothing is left to do."""
    before, after = CASES[case]
    for number in range(1, await faults(before, after) + 1):
        engine = await fresh(before)
        expected = await shape(engine)
        engine.fault = failing(number)
        with pytest.raises(HomeportError, match="as the test asked"):
            await move(engine, after)
        await move(engine, before)
        assert expected == await shape(engine), f"fault at call {number}"
        assert not await move(engine, before), f"fault at call {number}"
        assert all("." not in c.name for c in await engine.containers())


@pytest.mark.parametrize("case", list(CASES))
async def test_going_on_after_an_end_at_any_call_ends_in_what_is_wanted(case: str) -> None:
    """kill -9, and the next start."""
    before, after = CASES[case]
    whole = await fresh(before)
    await move(whole, after)
    expected = await shape(whole)
    for number in range(1, await faults(before, after) + 1):
        engine = await fresh(before)
        engine.fault = failing(number)
        with pytest.raises(HomeportError, match="as the test asked"):
            await move(engine, after)
        await move(engine, after)
        assert expected == await shape(engine), f"end at call {number}"
        assert not await move(engine, after), f"end at call {number}"
        assert all("." not in c.name for c in await engine.containers())


@pytest.mark.parametrize("case", list(CASES))
async def test_undoing_without_a_known_stack_ends_in_the_very_containers_of_before(
    case: str,
) -> None:
    """`stack up` without a daemon: what was there is known by its ids, until it is removed."""
    before, after = CASES[case]
    for number in range(1, await faults(before, after) + 1):
        engine = await fresh(before)
        there = await observe(engine, "blog")
        engine.fault = failing(number)
        with pytest.raises(HomeportError, match="as the test asked"):
            await move(engine, after)
        left = {c.id for c in await engine.containers()}
        if not {c.id for c in there.containers} <= left:
            continue  # the new is live, and the old was being cleared away
        await carry_out(engine, plan_retreat(there, await observe(engine, "blog")))
        now = await observe(engine, "blog")
        names = {(c.id, c.name, c.state) for c in now.containers}
        assert {(c.id, c.name, c.state) for c in there.containers} == names, f"call {number}"


# Of two that changed places one may have been killed when it served already, in the place of both.
AFTER_A_KILL = [case for case in CASES if case != "ports that change places"]


@pytest.mark.parametrize("case", AFTER_A_KILL)
async def test_undoing_after_an_interrupted_attempt_leaves_every_service_serving(case: str) -> None:
    """kill -9, the same again, which fails: what had made way serves, and nothing half done stays.

    Also where the old one had stopped for a successor that never came.
    """
    before, after = CASES[case]
    for number in range(1, await faults(before, after) + 1):
        engine = await fresh(before)
        engine.fault = failing(number)
        with pytest.raises(HomeportError, match="as the test asked"):
            await move(engine, after)
        there = await observe(engine, "blog")
        engine.fault = no_newcomer_gets_ready
        try:
            await move(engine, after)
        except HomeportError:
            await carry_out(engine, plan_retreat(there, await observe(engine, "blog")))
        found = await engine.containers()
        assert [] == [c.name for c in found if c.phase is Phase.STAGED], f"end at call {number}"
        serving = {c.service for c in found if c.running and c.phase in SERVES}
        kept = [s for s in after.services.values() if s.replicas and s.name in before.services]
        assert {s.name for s in kept} <= serving, f"end at call {number}"


def no_newcomer_gets_ready(operation: str, target: str) -> None:
    if operation == "await" and target.endswith(STAGED):
        raise HomeportError(f"{target} did not become healthy")
