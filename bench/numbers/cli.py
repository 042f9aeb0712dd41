"""What a person waits for who types a command."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

from bench.figure import Figure, median, spread
from bench.house import COMMAND, House, house
from bench.lab import run, say
from bench.pairs import interleaved

ROUNDS, QUICK = 20, 5
HELP, STATUS = 0.2, 0.4


def measure(quick: bool) -> list[Figure]:
    """Help and status in turns, beside a Python that does nothing."""
    with house() as home:
        app = home.app("cli")
        app.push()
        app.settle()
        subjects = {
            "homeport --help": partial(_timed, home, COMMAND, "--help"),
            "homeport status": partial(_timed, home, COMMAND, "status"),
            "python": partial(_timed, home, Path(sys.executable), "-c", "pass"),
        }
        interleaved(subjects, 1)
        found = interleaved(subjects, QUICK if quick else ROUNDS, say)
    beside = f"Python alone: {spread(found['python'])}"
    return [
        median("homeport --help", found["homeport --help"], limit=HELP, detail=beside),
        median("homeport status", found["homeport status"], limit=STATUS, detail=beside),
    ]


def _timed(home: House, *argv: str | Path) -> float:
    start = time.perf_counter()
    run(*argv, env=home.env)
    return time.perf_counter() - start
