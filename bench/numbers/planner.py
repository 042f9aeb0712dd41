"""Planning: every stack of a collection of real ones, for an empty Engine."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, median
from bench.lab import ROOT, Missing
from homeport.errors import RequestError
from homeport.model.stack import Stack
from homeport.stack.model import read_stack
from homeport.stack.observed import Observed
from homeport.stack.plan import plan_up

MODELS = ROOT.parent / "shared/data/compose-models.jsonl.gz"
LIMIT = 0.005


def measure(quick: bool) -> list[Figure]:
    """From what is wanted and what is there to the steps between, for an empty Engine."""
    if not MODELS.exists():
        raise Missing(f"{MODELS} is not there: a line for each stack, with `id` and `model`")
    with gzip.open(MODELS, "rt") as lines:
        found = [json.loads(line) for line in lines]
    stacks = [stack for one in found[:: 10 if quick else 1] for stack in _stack(one)]
    seconds = [_planned(stack) for stack in stacks]
    return [median(f"planned, {len(seconds)} stacks", seconds, limit=LIMIT)]


def _stack(found: dict[str, object]) -> Iterator[Stack]:
    """It, unless homeport refuses it: a secret from outside of the repository, say."""
    model = found["model"]
    assert isinstance(model, dict)
    hashes = dict.fromkeys(model["services"], "0")
    files = (str(Path("/corpus") / "compose.yaml"),)
    with contextlib.suppress(RequestError):
        yield read_stack(model, hashes=hashes, project="blog", directory="/corpus", files=files)


def _planned(stack: Stack) -> float:
    external = {n.name: "" for n in stack.networks.values() if n.external}
    volumes = {v.name: "" for v in stack.volumes.values() if v.external}
    there = Observed(project=stack.name, networks=external, volumes=volumes)
    began = time.perf_counter()
    plan_up(stack, there)
    return time.perf_counter() - began
