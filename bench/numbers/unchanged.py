"""`homeport stack up` of a stack that runs already, against `docker compose up -d`."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from pathlib import Path

from bench.figure import Figure, median, ratio
from bench.house import COMMAND, state_environment
from bench.lab import Lab, docker, lab, run, say
from bench.pairs import interleaved
from homeport.engine import compose
from homeport.engine.docker import Docker
from homeport.settings import Settings
from homeport.stack.model import read_stack
from homeport.stack.observe import observe
from homeport.stack.plan import plan_up

SERVICES = 50
PAIRS, QUICK = 20, 5
LIMIT = 1.5
PLANNED = 0.06  # seconds for observation and planning
ROUNDS = 20


def measure(quick: bool) -> list[Figure]:
    """Both on one and the same project: what the one made, the other finds unchanged."""
    with lab() as place:
        file = place.folder / "compose.json"
        file.write_text(json.dumps(_stack(place)))
        what = ("-f", str(file), "-p", place.name)
        env = state_environment(place)
        commands = {
            "homeport": partial(_timed, COMMAND, "stack", "up", *what, env=env),
            "docker compose": partial(_timed, "docker", "compose", *what, "up", "-d", env=env),
        }
        say(f"starting {SERVICES} services")
        commands["homeport"]()
        made = _containers(place)
        interleaved(commands, 1)
        samples = interleaved(commands, QUICK if quick else PAIRS, say)
        assert _containers(place) == made, "a container of the unchanged stack was replaced"
        planned = asyncio.run(_planned(place, file))
    name = f"unchanged stack of {SERVICES}"
    return [
        ratio(name, samples=samples, of="homeport", to="docker compose", limit=LIMIT),
        median(f"observed and planned, {SERVICES}", planned, limit=PLANNED),
    ]


async def _planned(place: Lab, file: Path) -> list[float]:
    """How long it takes to see what is there, and to decide that nothing is to do."""
    found = await compose.read(
        [file], project=place.name, directory=place.folder, environ={}, cache=place.folder / "cache"
    )
    stack = read_stack(
        found.model,
        hashes=found.hashes,
        project=place.name,
        directory=str(place.folder),
        files=(str(file),),
    )
    instance = Settings(state_dir=state_environment(place)["HOMEPORT_STATE_DIR"]).instance
    docker, seconds = Docker(), []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        plan = plan_up(stack, await observe(docker, stack.name, stack), instance=instance)
        seconds.append(time.perf_counter() - began)
        assert not plan, f"the unchanged stack is not left alone: {plan}"
    docker.close()
    return seconds


def _timed(*argv: str | Path, env: dict[str, str]) -> float:
    start = time.perf_counter()
    run(*argv, env=env)
    return time.perf_counter() - start


def _containers(place: Lab) -> list[str]:
    wanted = f"label=com.docker.compose.project={place.name}"
    found = docker("ps", "-q", "--no-trunc", "--filter", wanted).split()
    assert len(found) == SERVICES, f"{len(found)} of {SERVICES} services run"
    return sorted(found)


def _stack(place: Lab) -> dict[str, object]:
    # JSON is YAML.
    service = {
        "image": "busybox:stable",
        "command": ["sleep", "3600"],
        "environment": {"STAGE": "bench"},
        "labels": [place.label],
        "stop_grace_period": "0s",
    }
    return {"services": {f"service{number:02}": service for number in range(SERVICES)}}
