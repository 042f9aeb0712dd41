"""Back to any release that is kept: nothing is built, nothing is pulled, and it takes a start."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.house import Answer, App, docker, eventually

pytestmark = pytest.mark.alone  # seconds are compared

VERSIONS = ("one", "two", "three", "four", "five", "six")
# Seconds besides those of a start: the command, the switch, and a busy machine.
BESIDES = 1.5


def test_every_kept_release_is_gone_back_to_in_the_time_of_a_start(app: App) -> None:
    """Each in turn, also forward again; the receipt names the one that leads back."""
    with image_events(app) as seen:
        for version in VERSIONS:
            app.live(version)
        eventually(lambda: [e for e in seen() if e.startswith("push ")])  # the Engine is heard
        eventually(lambda: is_published(app), tell=seen)
    before, start = names(app), seconds_of_a_start(app)
    assert len(before) > len(VERSIONS)  # each build gave one
    with image_events(app) as seen:
        _back_and_forth(app, start, len(VERSIONS))
        assert [] == seen()
    assert before == names(app)


def _back_and_forth(app: App, start: float, live: int) -> None:
    for to in (5, 4, 3, 2, 1, 6, 3):
        app.house.homeport("rollback", app.name, "--to", str(to))
        assert Answer(200, VERSIONS[to - 1]) == app.house.get(app.host)
        receipt = receipt_of(app)
        assert (to, live, {}) == (receipt["release"], receipt["rollback_to"], receipt["builds"])
        assert receipt["push_to_live"] < start + BESIDES
        live = to  # what it replaced drains for 1.5 s yet: the next does not wait for that
    app.house.homeport("rollback", app.name)  # what the last receipt named, without a number
    assert Answer(200, "six") == app.house.get(app.host)
    app.house.homeport("rollback", app.name)
    assert Answer(200, "three") == app.house.get(app.host)


def test_the_files_that_a_stack_mounts_are_those_of_the_release_that_is_live(app: App) -> None:
    """After a rollback, a version that fails at boot, and a push that cannot be read."""
    commit_with_file(app, "one")
    app.push()
    commit_with_file(app, "two")
    app.push()
    assert "two" == mounted_file(app)
    app.house.homeport("rollback", app.name)
    assert "one" == mounted_file(app)
    commit_with_file(app, "three", CRASH="3")
    assert app.push(check=False).returncode
    assert "one" == mounted_file(app)  # it was stopped for its successor, and started again
    app.commit({"compose.yaml": "services: nothing", "site.conf": "four"})
    assert app.push(check=False).returncode
    assert "one" == (app.house.state / "work" / app.name / "site.conf").read_text()


def commit_with_file(app: App, text: str, **environment: str) -> None:
    """A version of a site with a volume, and a file of the repository that it mounts."""
    site = {
        "image": "homeport-test/app",
        "environment": {"VIRTUAL_HOST": app.host, **environment},
        "volumes": ["./site.conf:/site.conf:ro", "data:/data"],
    }
    compose = {"services": {"web": site}, "volumes": {"data": {}}}
    app.commit({"compose.yaml": json.dumps(compose), "site.conf": text}, text)


def mounted_file(app: App) -> str:
    """What the container in service sees."""
    eventually(lambda: 1 == len(app.containers()), tell=app.containers)
    (name,) = app.containers()
    return docker("exec", f"{app.name}-{name}", "cat", "/site.conf")


def receipt_of(app: App) -> dict[str, Any]:
    """Of its newest run."""
    number = str(app.runs()[0]["number"])
    found: dict[str, Any] = app.house.data("run", "show", number)["receipt"]
    return found


@contextlib.contextmanager
def image_events(app: App) -> Iterator[Callable[[], list[str]]]:
    """What the Engine does meanwhile with images of this app: pull, load, tag, push, ..."""
    command = ["docker", "events", "--filter", "type=image", "--format", "{{json .}}"]
    log = app.folder.with_suffix(".events")
    with log.open("wb") as output:
        following = subprocess.Popen(command, stdout=output)

    def found() -> list[str]:
        told = [json.loads(line) for line in log.read_text().splitlines()]
        named = (f"{e['Action']} {e['Actor']['Attributes'].get('name', '')}" for e in told)
        return [line for line in named if app.name in line]

    try:
        time.sleep(1)  # until it listens
        yield found
        time.sleep(1)
    finally:
        following.kill()
        following.wait()


def is_published(app: App) -> bool:
    """Whether what was pushed last is in the registry."""
    events = map(json.loads, app.house.homeport("events", "--json").stdout.splitlines())
    done = {e["run"] for e in events if e["event"] == "BuildFinished" and e["app"] == app.name}
    return app.runs()[0]["number"] in done


def names(app: App) -> set[str]:
    """The names of its images and what they name: each build gives one that has the run in it."""
    listed = docker("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")
    return {line for line in listed.splitlines() if line.startswith(f"{app.name}-")}


def seconds_of_a_start(app: App) -> float:
    """`docker run` of what is live, until it listens."""
    (running,) = (name for name in app.containers() if "." not in name)
    image = docker("inspect", "-f", "{{.Config.Image}}", f"{app.name}-{running}").strip()
    name, began = f"hpstart-{uuid.uuid4().hex[:8]}", time.monotonic()
    try:
        docker("run", "-d", "--name", name, image)
        eventually(lambda: "listens" in docker("logs", name))
        return time.monotonic() - began
    finally:
        docker("rm", "-f", "-v", name)
