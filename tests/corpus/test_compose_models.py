"""444 stacks that people run: each can be planned, applied, and is then left alone."""

from __future__ import annotations

import gzip
import json
from typing import Any

from homeport.errors import RequestError
from homeport.execute import execute
from homeport.model.plan import Action, AwaitCompleted, AwaitHealthy, AwaitRouted, Drain, Plan
from homeport.model.stack import Stack
from homeport.stack.apply import Hands
from homeport.stack.model import read_stack
from homeport.stack.observe import observe
from homeport.stack.plan import plan_up
from tests.corpus.conftest import DATA
from tests.fake_engine import FakeDocker

# What compose itself takes from the environment of whoever calls it, or Swarm alone can do.
REFUSED = "is not a file of the repository"


def models() -> list[dict[str, Any]]:
    """As `docker compose config --format json` prints them."""
    with gzip.open(DATA / "compose-models.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def read(model: dict[str, Any]) -> Stack:
    """The stack of a model."""
    hashes = {name: f"hash-{name}" for name in model["services"]}
    return read_stack(model, hashes=hashes, project="p", directory="/d", files=("/d/compose.yaml",))


async def prepared(stack: Stack) -> FakeDocker:
    """An empty Engine, but for what the stack takes for granted."""
    engine = FakeDocker(every_image=True)
    for network in stack.networks.values():
        if network.external:
            await engine.create_network(network.name, {})
    for volume in stack.volumes.values():
        if volume.external:
            await engine.create_volume(volume.name, {})
    return engine


async def applied(engine: FakeDocker, stack: Stack) -> Plan:
    """Observe, plan, execute."""
    plan = plan_up(stack, await observe(engine, "p", stack))
    hands = Hands(engine, lambda _line: None)

    async def perform(action: Action) -> None:
        if isinstance(action, AwaitCompleted):
            await engine.stop(action.target)
        elif not isinstance(action, AwaitHealthy | AwaitRouted | Drain):
            await hands.perform(action)

    await execute(plan, perform, lambda _event: None)
    return plan


async def test_every_real_stack_is_planned_and_then_left_alone() -> None:
    """For an empty engine, and again for the engine that has applied it."""
    planned, refused, restless = 0, [], []
    for found in models():
        try:
            stack = read(found["model"])
        except RequestError as error:
            refused.append(str(error))
            continue
        engine = await prepared(stack)
        planned += len((await applied(engine, stack)).steps)
        again = plan_up(stack, await observe(engine, "p", stack))
        restless += [f"{found['id']}: {again}"] if again else []
    assert [] == restless
    assert planned > 5000
    assert [] == [text for text in refused if REFUSED not in text]
    assert len(refused) <= 4
