"""Planning pipelines: how long a `.travis.yml` takes, from its text to its jobs."""

from __future__ import annotations

import gzip
import json
import time

from bench.figure import Figure
from bench.lab import ROOT
from homeport.pipeline.travis.model import Event
from homeport.pipeline.travis.plan import plan

REAL = ROOT.parent / "shared/data/travis-jobs.jsonl.gz"
OURS = ROOT / "tests/golden/travis"
ROUNDS, QUICK = 3, 1
LIMIT = 1000 / 200  # ms: 200 a second


def measure(quick: bool) -> list[Figure]:
    """Of real files where they are at hand, else of those that the golden tests hold."""
    texts, of = _texts()
    samples = [_seconds(texts) for _ in range(QUICK if quick else ROUNDS)]
    best = min(samples) / len(texts)
    detail = f"{1 / best:.0f} a second, {len(texts)} {of}, best of {len(samples)}"
    return [
        Figure(name="a pipeline planned", value=1000 * best, unit="ms", limit=LIMIT, detail=detail)
    ]


def _texts() -> tuple[list[str], str]:
    if REAL.exists():
        with gzip.open(REAL, "rt") as lines:
            return [json.loads(line)["yml"] for line in lines], "real files"
    cases = [case for path in OURS.glob("*.yml") for case in path.read_text().split("=" * 40)]
    return [case.split("-" * 40)[0] for case in cases], "files of our own"


def _seconds(texts: list[str]) -> float:
    start = time.perf_counter()
    for text in texts:
        plan(text, file=".travis.yml", event=Event())
    return time.perf_counter() - start
