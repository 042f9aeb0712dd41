"""Redeploys of a service with a volume, which stops before the next starts: requests are held."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from bench.figure import Figure
from bench.house import App, House, house
from bench.lab import docker, say
from bench.mixed import Mix, mixed
from bench.numbers.transactions import (
    Course,
    Redeploy,
    app_of,
    failed,
    push,
    settle,
    write,
)

REDEPLOYS, QUICK = 20, 3
BOOT = 1.0  # seconds
LIMIT = 0.5  # seconds that a request may wait besides the boot
SLOW = 2.0  # seconds that the one in flight may take, which everybody waits for


def measure(quick: bool) -> list[Figure]:
    """With fast requests alone, and beside slow ones that have to be waited for."""
    redeploys = QUICK if quick else REDEPLOYS
    with house() as home, volume_app(home) as app:
        fast = redeploy_under_load(app, redeploys, slow=0)
        slow = redeploy_under_load(app, redeploys, slow=2)
    return [
        failed("failed requests, volume", fast.seen),
        _pause("pause besides boot, volume", fast, LIMIT),
        failed("failed requests, volume, slow", slow.seen),
        _pause("pause besides boot, volume, slow", slow, SLOW + LIMIT),
    ]


def pauses(course: Course) -> list[float]:
    """Of each redeploy, the longest fast request less the boot."""
    ends = [redeploy.start for redeploy in course.redeploys[1:]] + [float("inf")]
    return [
        course.seen.pause(redeploy.start, end) - redeploy.boot
        for redeploy, end in zip(course.redeploys, ends, strict=True)
    ]


def _pause(name: str, course: Course, limit: float) -> Figure:
    found, boots = pauses(course), [redeploy.boot for redeploy in course.redeploys]
    detail = f"boot {min(boots):.2f}-{max(boots):.2f} s, {len(found)} times"
    samples = {"besides boot": found, "boot": boots}
    return Figure(
        name=name, value=max(found), unit="s", limit=limit, detail=detail, samples=samples
    )


@contextlib.contextmanager
def volume_app(home: House) -> Iterator[App]:
    """One service that writes to a named volume, live."""
    with app_of(home, "volume") as app:
        service = {
            "build": ".",
            "volumes": ["data:/data"],
            "environment": {"VIRTUAL_HOST": app.host, "BOOT": f"{BOOT:g}"},
        }
        write(app, {"web": service}, volumes={"data": {}})
        push(app, [app.host])
        yield app


def redeploy_under_load(app: App, redeploys: int, *, slow: int) -> Course:
    """Pushed again and again; with no WebSocket, which would be waited for, too."""
    course = Course()
    mix = Mix(port=app.house.port, hosts=[app.host], slow=slow, websocket=False)
    with mixed(mix) as course.seen:
        for number in range(redeploys):
            say(f"redeploy {number + 1} of {redeploys}{', with slow requests' if slow else ''}")
            course.redeploys.append(_push(app))
    return course


def _push(app: App) -> Redeploy:
    pushed = push(app, [app.host])
    settle(app, 1)
    return Redeploy(start=pushed.start, live=pushed.live, boot=boot(app))


def boot(app: App) -> float:
    """From the start of the container that serves to its first line: that it listens."""
    wanted = f"label=com.docker.compose.project={app.name}"
    container = docker("ps", "-q", "--filter", wanted).strip()
    started = docker("inspect", "--format", "{{.State.StartedAt}}", container)
    deadline = time.monotonic() + 10
    while not (lines := docker("logs", "--timestamps", container).split()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{app.name} did not say that it listens")
        time.sleep(0.05)
    return seconds_between([started, lines[0]])


def seconds_between(times: Sequence[str]) -> float:
    """From one of the Engine's times to another: RFC 3339, in nanoseconds."""
    # datetime reads six digits of a fraction, and the Engine leaves zeros at its end away.
    first, second = (
        datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}+00:00")
        for whole, _, fraction in (text.strip().rstrip("Z").partition(".") for text in times)
    )
    return (second - first).total_seconds()
