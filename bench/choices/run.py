"""`script/bench choices`: every table, one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from bench.choices import commands, edges, engine, environment, reload, web, worktree


def measure_choices(rounds: int, report: Path | None) -> None:
    """Print each table as soon as it is measured."""
    environment.ensure()
    tables = []
    for room, times in _rooms(rounds):
        tables.append(room.measure(times))
        print(f"\n{tables[-1]}\n\nMedians of {times} rounds.", flush=True)
    if report:
        values = {table.title: table.values() for table in tables}
        report.write_text(json.dumps(values, indent=2) + "\n")


def _rooms(rounds: int) -> Iterator[tuple[ModuleType, int]]:
    for room in (engine, web, edges, commands):
        yield room, rounds
    # Each of their rounds takes long, and tells enough.
    yield worktree, max(3, rounds // 2)
    yield reload, max(1, rounds // 5)
