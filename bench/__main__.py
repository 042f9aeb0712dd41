"""`script/bench`: without a name everything but `choices`, otherwise what is named."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import traceback
from pathlib import Path
from types import ModuleType

from bench.choices.run import measure_choices
from bench.figure import Figure
from bench.numbers import (
    certificates,
    cli,
    ddns,
    gen,
    handshakes,
    idle,
    images,
    jobs,
    names,
    pipeline_plan,
    planner,
    proxy,
    push,
    redeploy,
    reloads,
    routes,
    stateful,
    switch,
    transactions,
    unchanged,
    update,
)

NUMBERS: dict[str, ModuleType] = {
    "push": push,
    "switch": switch,
    "redeploy": redeploy,
    "transactions": transactions,
    "stateful": stateful,
    "routes": routes,
    "handshakes": handshakes,
    "reloads": reloads,
    "idle": idle,
    "cli": cli,
    "unchanged": unchanged,
    "update": update,
    "planner": planner,
    "pipeline_plan": pipeline_plan,
    "jobs": jobs,
    "images": images,
    "gen": gen,
    "ddns": ddns,
    "names": names,
    "proxy": proxy,
    "certificates": certificates,
}


def main() -> int:
    """0 where every target is met, 1 where one is missed or could not be measured."""
    arguments = _arguments()
    # So that what was made is removed as after an interrupt.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if arguments.names == ["choices"]:
        measure_choices(3 if arguments.quick else 15, arguments.json)
        return 0
    figures, broken = _measure(arguments.names or list(NUMBERS), arguments.quick)
    if arguments.json:
        report = [figure.as_json() for figure in figures]
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    return 1 if broken or not all(figure.passed for figure in figures) else 0


def _measure(names: list[str], quick: bool) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    broken: list[str] = []
    for name in names:
        try:
            found: list[Figure] = NUMBERS[name].measure(quick)
        except Exception:  # one that cannot be measured says nothing about the others
            traceback.print_exc()
            print(f"FAIL  {name:<34} could not be measured", flush=True)
            broken.append(name)
        else:
            figures += found
            print(*found, sep="\n", flush=True)
    return figures, broken


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*NUMBERS, "choices"]))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--quick", action="store_true", help="fewer pairs, and less exact")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - {*NUMBERS, "choices"}
    if unknown or ("choices" in arguments.names and len(arguments.names) > 1):
        parser.error(f"name some of {', '.join(NUMBERS)}, or choices alone")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
