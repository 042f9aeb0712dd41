"""Redeploys of a stack of three services under a mixed load: no request may fail, or wait."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.ask import STEP, ask
from bench.figure import Figure, median
from bench.house import App, House, house
from bench.lab import docker, say
from bench.mixed import Mix, Seen, mixed

REDEPLOYS, QUICK = 100, 5
ENOUGH = 100_000  # requests, in a run that is not a quick one
SERVICES, REPLICAS = ("web", "api", "admin"), 2
PAUSE = 0.25  # seconds that a fast request may take at worst
LIVE = 10.0  # seconds from a push to the answer from all services
DRAIN = 5.0  # seconds: more than the slow answers take
# Its page is the version and a space, so that v1 is not taken for the beginning of v10.
DOCKERFILE = """\
FROM homeport-test/app:latest
CMD ["sh", "-c", "VERSION=\\"$(cat /version.txt) \\" exec python3 -u -I /server.py"]
COPY version.txt /version.txt
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeploy:
    """One push under load."""

    start: float  # `time.time()` of the push, and
    live: float  # of the first answers from the new version of all services
    boot: float = 0.0  # seconds that the container took until it listened

    @property
    def seconds(self) -> float:
        return self.live - self.start


@dataclass(slots=True)
class Course:
    """What happened: the redeploys, and what the load saw of them."""

    seen: Seen = field(default_factory=Seen)
    redeploys: list[Redeploy] = field(default_factory=list)


def measure(quick: bool) -> list[Figure]:
    """Three services with two replicas each, all replaced by each push."""
    with house() as home:
        course = redeploy_under_load(home, QUICK if quick else REDEPLOYS)
    seen = course.seen
    if not quick and seen.requests < ENOUGH:
        raise RuntimeError(f"only {seen.requests} requests: at least {ENOUGH} were wanted")
    seconds = [redeploy.seconds for redeploy in course.redeploys]
    return [
        failed("failed requests, stack of 3", seen),
        Figure(
            name="longest pause, stack of 3",
            value=seen.pause(),
            unit="s",
            limit=PAUSE,
            detail=f"{seen.latencies()}; the load was held up {seen.late:.3f} s at worst",
        ),
        median("push to live, stack of 3", seconds, limit=LIVE),
    ]


def failed(name: str, seen: Seen) -> Figure:
    """The failed requests, of which none is allowed; the first are shown."""
    for line in seen.examples:
        say(line)
    return Figure(name=name, value=seen.failed, unit="requests", limit=0, detail=str(seen))


def redeploy_under_load(home: House, redeploys: int) -> Course:
    """The stack, pushed again and again while everybody asks."""
    with app_of(home, "stack") as app:
        hosts = [f"{service}.{app.host}" for service in SERVICES]
        write(app, {name: _service(host) for name, host in zip(SERVICES, hosts, strict=True)})
        push(app, hosts)
        return _under_load(app, hosts, redeploys)


def _under_load(app: App, hosts: Sequence[str], redeploys: int) -> Course:
    course = Course()
    # A WebSocket that was opened while its version was leaving has a little less left.
    mix = Mix(port=app.house.port, hosts=hosts, drain=DRAIN - 0.5)
    with mixed(mix) as course.seen:
        for number in range(redeploys):
            say(f"redeploy {number + 1} of {redeploys}")
            course.redeploys.append(push(app, hosts))
        settle(app, len(SERVICES) * REPLICAS)
    return course


@contextlib.contextmanager
def app_of(home: House, name: str) -> Iterator[App]:
    """An app that goes before its house: a network is not removed while somebody leaves it."""
    app = home.app(name)
    try:
        yield app
    finally:
        home.homeport("app", "rm", app.name, "--yes", "--volumes")


def _service(host: str) -> dict[str, Any]:
    return {
        "build": ".",
        "deploy": {"replicas": REPLICAS},
        "environment": {"VIRTUAL_HOST": host, "BOOT": "0.3"},
    }


def write(app: App, services: dict[str, Any], **more: Any) -> None:
    """Put the test's application into the repository, as these services."""
    compose = {"x-homeport": {"drain": DRAIN}, "services": services, **more}
    (app.repository.folder / "Dockerfile").write_text(DOCKERFILE)
    # JSON is YAML.
    (app.repository.folder / "compose.yaml").write_text(json.dumps(compose))


def push(app: App, hosts: Sequence[str]) -> Redeploy:
    """Push the next version, until every host answers from it."""
    version = app.repository.commit()
    start = time.time()
    with app.repository.pushing(app.remote) as pushed:
        live = max(_first_answer(app, host, version, pushed) for host in hosts)
    return Redeploy(start=start, live=live)


def _first_answer(app: App, host: str, version: str, pushed: subprocess.Popen[str]) -> float:
    """When a host answered from this version.

    One question at a time: many that are held together would be a load of their own.
    """
    deadline, last = time.monotonic() + 90, None
    while time.monotonic() < deadline and not pushed.poll():
        last = ask(app.house.port, host)
        if last and last.status == 200 and last.body.startswith(version):
            return last.at
        time.sleep(STEP)
    raise TimeoutError(f"{host} did not answer {version!r}: {last}")


def settle(app: App, replicas: int) -> None:
    """Wait until what was replaced is drained and gone."""
    wanted = ("--filter", f"label=com.docker.compose.project={app.name}")
    deadline = time.monotonic() + 60
    while len(docker("ps", "-aq", *wanted).split()) > replicas:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{app.name} still has old containers after 60 s")
        time.sleep(0.1)
