"""One changed service of a stack, until the new one answers: against `docker compose up -d`."""

from __future__ import annotations

import itertools
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from bench.ask import until
from bench.figure import Figure, ratio
from bench.house import COMMAND, state_environment
from bench.lab import Lab, free_port, lab, say
from bench.pairs import interleaved

PAIRS, QUICK = 15, 4
LIMIT = 1.0


def measure(quick: bool) -> list[Figure]:
    """Both on one and the same project, in turns: a service with a port of the machine."""
    with lab() as place:
        port, versions = free_port(), itertools.count(1)
        env, file = state_environment(place), place.folder / "compose.json"
        what = ("-f", str(file), "-p", place.name)
        commands: dict[str, Sequence[str | Path]] = {
            "homeport": (COMMAND, "stack", "up", *what),
            "docker compose": ("docker", "compose", *what, "up", "-d"),
        }
        subjects = {
            name: partial(_update, place, file, port, versions, argv, env)
            for name, argv in commands.items()
        }
        say("starting 3 services")
        interleaved(subjects, 1)
        samples = interleaved(subjects, QUICK if quick else PAIRS, say)
    return [
        ratio(
            "one changed service to live",
            samples=samples,
            of="homeport",
            to="docker compose",
            limit=LIMIT,
        )
    ]


def _update(
    place: Lab,
    file: Path,
    port: int,
    versions: Iterator[int],
    argv: Sequence[str | Path],
    env: dict[str, str],
) -> float:
    """From the start of the command to the first answer of the new version."""
    version = f"v{next(versions)}."
    file.write_text(json.dumps(_stack(place, port, version)))
    began = time.time()
    with subprocess.Popen(argv, env=env, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as going:
        answer = until(port, "app", version, hopeless=lambda: bool(going.poll()))
        _, told = going.communicate()
    if going.returncode:
        raise RuntimeError(f"{argv[0]}: {told.decode(errors='replace')}")
    return answer.at - began


def _stack(place: Lab, port: int, version: str) -> dict[str, object]:
    app = {"image": "homeport-test/app", "labels": [place.label], "stop_grace_period": "2s"}
    web = {**app, "environment": {"VERSION": version}, "ports": [f"127.0.0.1:{port}:5000"]}
    return {"services": {"web": web, "api": app, "admin": app}}
