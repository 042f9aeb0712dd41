"""One changed service of a stack, until the new one answers: against `docker compose up -d`.

Two services, as people have them: one with a port of the machine, which has to stop before its
successor starts, and one that only others in the stack call, of which two can run side by side.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from bench.ask import until
from bench.figure import Figure, ratio
from bench.house import COMMAND, state_environment
from bench.lab import Lab, free_port, lab, run, say
from bench.pairs import interleaved

PAIRS, QUICK = 15, 4
LIMIT = 1.0
PORT = 5000  # of the app, in its container
# Asks every 10 ms, and waits for no question that hangs: as `until` does, inside a container.
INSIDE = """
import http.client, sys, threading, time
def ask():
    try:
        connection = http.client.HTTPConnection("web", int(sys.argv[2]), timeout=1)
        connection.request("GET", "/")
        if connection.getresponse().read().decode().startswith(sys.argv[1]):
            answers.append(time.time())
    except (OSError, http.client.HTTPException):
        pass
answers, end = [], time.time() + 90
print("asking", flush=True)
while not answers and time.time() < end:
    threading.Thread(target=ask, daemon=True).start()
    time.sleep(0.01)
print(min(answers))
"""

Command = subprocess.Popen[bytes]
# Waits until the new version answers, or the command that is to bring it has failed; when it did.
Live = Callable[[Command], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A service that is changed, and how it is seen that its new version is live."""

    name: str
    live: str  # in words
    web: Mapping[str, Any]  # what the service has beside its image and version
    asking: Callable[[Lab, str], AbstractContextManager[Live]]


def measure(quick: bool) -> list[Figure]:
    """Both tools on one and the same project, in turns."""
    return [_measured(case, quick) for case in (_published(free_port()), _inside())]


def _published(port: int) -> Case:
    @contextlib.contextmanager
    def asking(_place: Lab, version: str) -> Iterator[Live]:
        yield lambda going: until(port, "app", version, hopeless=lambda: bool(going.poll())).at

    return Case(
        name="a changed service with a port",
        live="the first answer at its port of the machine",
        web={"ports": [f"127.0.0.1:{port}:{PORT}"]},
        asking=asking,
    )


def _inside() -> Case:
    @contextlib.contextmanager
    def asking(place: Lab, version: str) -> Iterator[Live]:
        argv = ["docker", "exec", f"{place.name}-api-1", "python3", "-I", "-c", INSIDE]
        with subprocess.Popen([*argv, version, str(PORT)], stdout=subprocess.PIPE) as asker:
            assert asker.stdout
            asker.stdout.readline()  # it is asking
            yield lambda _going: float(asker.stdout.readline() if asker.stdout else "")

    return Case(
        name="a changed service inside",
        live="the first answer that another service has by its name",
        web={"expose": [PORT]},
        asking=asking,
    )


def _measured(case: Case, quick: bool) -> Figure:
    with lab() as place:
        file, versions = place.folder / "compose.json", count(1)
        what, env = ("-f", str(file), "-p", place.name), state_environment(place)
        commands: dict[str, Sequence[str | Path]] = {
            "homeport": (COMMAND, "stack", "up", *what),
            "docker compose": ("docker", "compose", *what, "up", "-d"),
        }
        subjects = {
            name: partial(_update, case, place, file, versions, argv, env)
            for name, argv in commands.items()
        }
        say(f"starting 3 services: {case.name}")
        file.write_text(json.dumps(_stack(place, case, "v0.")))
        run(*commands["homeport"], env=env)
        interleaved(subjects, 1)
        samples = interleaved(subjects, QUICK if quick else PAIRS, say)
    names = {"of": "homeport", "to": "docker compose"}
    return ratio(case.name, samples=samples, limit=LIMIT, note=f"to {case.live}", **names)


def _update(
    case: Case,
    place: Lab,
    file: Path,
    versions: Iterator[int],
    argv: Sequence[str | Path],
    env: dict[str, str],
) -> float:
    """From the start of the command to the first answer of the new version."""
    version = f"v{next(versions)}."
    file.write_text(json.dumps(_stack(place, case, version)))
    pipe = subprocess.PIPE
    with case.asking(place, version) as live:
        began = time.time()
        with subprocess.Popen(argv, env=env, stderr=pipe, stdout=pipe) as going:
            at = live(going)
            _, told = going.communicate()
    if going.returncode:
        raise RuntimeError(f"{argv[0]}: {told.decode(errors='replace')}")
    return at - began


def _stack(place: Lab, case: Case, version: str) -> dict[str, object]:
    app = {"image": "homeport-test/app", "labels": [place.label], "stop_grace_period": "2s"}
    web = {**app, **case.web, "environment": {"VERSION": version}}
    return {"services": {"web": web, "api": app, "admin": app}}
