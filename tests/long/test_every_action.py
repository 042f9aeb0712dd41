"""The daemon is killed before and after every call that changes something: all, none chosen.

What the Engine was asked before it died stands, what it was not asked does not; the next start goes
on from there, by itself.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import HOMEPORT, Answer, House, docker, eventually
from tests.e2e.visitors import visitors
from tests.long.doorkeeper import Doorkeeper

pytestmark = pytest.mark.e2e
APP = "homeport-test/app"
# Seconds from "the daemon is started" to live: 5 s and a boot, and room for a busy machine.
BACK_WITHIN = 15.0


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doorkeeper]:
    """Between the daemon and the Engine."""
    made = Doorkeeper(tmp_path_factory.mktemp("door") / "engine.sock")
    yield made
    made.close()


@pytest.fixture(scope="module")
def house(door: Doorkeeper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A homeport whose Engine is behind that door."""
    settings = {"HOMEPORT_DOCKER_HOST": f"unix://{door.path}", "HOMEPORT_DRAIN": "1"}
    made = House(tmp_path_factory.mktemp("home"), settings)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def home(house: House, door: Doorkeeper) -> Iterator[House]:
    """It runs, also where the test before left it dead; and has no app, before and after."""
    revived(house, door)
    yield house
    revived(house, door)
    for app in house.apps():
        house.homeport("app", "rm", app, "--yes", "--volumes")


def revived(house: House, door: Doorkeeper) -> None:
    """Start it where it is down; nobody strikes it any more."""
    door.disarm()
    if house.daemon is None or house.daemon.poll() is not None:
        house.start()


class Subject:
    """An app with two versions, each on a branch of its own."""

    def __init__(self, home: House, door: Doorkeeper, services: dict[str, Any], **top: Any) -> None:
        self.house, self._door, self.app = home, door, home.app()
        for version in ("a", "b"):
            found = json.loads(json.dumps({"services": services, **top}))
            for service in found["services"].values():
                service["image"] = APP
                service.setdefault("environment", {})["VERSION"] = version
            found["services"]["web"]["environment"]["VIRTUAL_HOST"] = self.app.host
            self.app.commit({"compose.yaml": json.dumps(found)}, version)
            self.app.git("branch", version)
        self.app.push("a", "b", "a:main")
        self.settled = set(home.containers(self.app.name))
        self.version = "a"

    def deploy(self) -> subprocess.Popen[bytes]:
        """Go to the other version, meanwhile."""
        self.version = "b" if self.version == "a" else "a"
        argv = [str(HOMEPORT), "deploy", self.app.name, "--ref", self.version]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(argv, env=self.house.env, stdout=quiet, stderr=quiet)

    def calls(self) -> int:
        """How many calls a whole deploy makes that change something."""
        self._door.arm(0, after=False, strike=lambda: None)
        self.deploy().wait(60)
        self.converged()
        return self._door.count

    def converged(self) -> None:
        """The version is live, its run is closed, and nothing else is there."""
        live = Answer(200, self.version)
        # One question that hangs says nothing of when the next would be answered.
        eventually(lambda: self.house.get(self.app.host, seconds=1) == live, tell=self.app.runs)
        eventually(lambda: self.app.runs()[0]["state"] == "live", tell=self.app.runs)
        eventually(self.is_clean, tell=lambda: self.house.containers(self.app.name))

    def is_clean(self) -> bool:
        """As many containers as there are replicas, all in service."""
        found = self.house.containers(self.app.name)
        return len(found) == len(self.settled) and all("." not in name for name in found)

    def die_at(self, call: int, *, after: bool) -> float:
        """Deploy, die there, start again; seconds from the start to live."""
        daemon = self.house.daemon
        assert daemon
        self._door.arm(call, after=after, strike=daemon.kill)
        self.deploy().wait(60)
        # A deploy is over when it is live; what it replaced is taken away after that.
        eventually(lambda: daemon.poll() is not None or self.is_clean())
        # All may be as it should before the last call is answered, and that strikes.
        if not self._door.disarm():  # it made fewer calls this time
            self.converged()
            return 0.0
        daemon.wait(30)
        began = time.monotonic()
        self.house.start()
        self.converged()
        return time.monotonic() - began


def test_a_stack_that_starts_first_goes_on_after_a_kill_at_any_call(
    home: House, door: Doorkeeper
) -> None:
    """And no visitor notices: nginx serves on."""
    check = {"test": ["CMD", "bash", "-c", "echo > /dev/tcp/127.0.0.1/5000"], "interval": "0.2s"}
    services = {"web": {"depends_on": {"api": {"condition": "service_healthy"}}}}
    subject = Subject(home, door, {**services, "api": {"healthcheck": check}})
    calls = subject.calls()
    with visitors(home.port, subject.app.host) as visits:
        took = [
            subject.die_at(call, after=after)
            for call in range(1, calls + 1)
            for after in (False, True)
        ]
    assert [] == visits.failures
    assert calls > 10
    assert max(took) < BACK_WITHIN, took
    assert len([seconds for seconds in took if seconds]) > calls


def test_a_service_with_a_volume_goes_on_after_a_kill_at_any_call(
    home: House, door: Doorkeeper
) -> None:
    """Its data is what was written; whoever asks while the daemon is dead may wait in vain."""
    web = {"volumes": ["data:/data"]}
    subject = Subject(home, door, {"web": web}, volumes={"data": {}})
    (name,) = home.containers(subject.app.name)
    docker("exec", name, "sh", "-c", "echo precious > /data/file")
    calls = subject.calls()
    took = [
        subject.die_at(call, after=after) for call in range(1, calls + 1) for after in (False, True)
    ]
    (name,) = home.containers(subject.app.name)
    assert "precious\n" == docker("exec", name, "cat", "/data/file")
    assert calls > 5
    assert max(took) < BACK_WITHIN, took
    assert len([seconds for seconds in took if seconds]) > calls


def test_nginx_that_is_killed_in_the_middle_of_a_rollout_is_back_and_the_rollout_goes_on(
    home: House, door: Doorkeeper
) -> None:
    """At each call; the rollout waits for it."""
    subject = Subject(home, door, {"web": {}})
    nginx = docker("ps", "--format", "{{.Names}}", "--filter", f"publish={home.port}").strip()
    for call in range(1, subject.calls() + 1):
        door.arm(call, after=True, strike=lambda: None)
        going = subject.deploy()
        eventually(lambda n=call, g=going: door.count >= n or g.poll() is not None)  # type: ignore[misc]
        docker("kill", nginx)
        assert 0 == going.wait(60)
        subject.converged()


def test_an_engine_that_is_gone_in_the_middle_of_a_rollout_is_waited_for(
    tmp_path: Path,
) -> None:
    """Nobody has to do anything: it goes on when the Engine answers again."""
    door = tmp_path / "engine.sock"
    keeper = Doorkeeper(door)
    house = House(tmp_path, {"HOMEPORT_DOCKER_HOST": f"unix://{door}", "HOMEPORT_DRAIN": "1"})
    try:
        house.start()
        subject = Subject(house, keeper, {"web": {"environment": {"BOOT": "1"}}})
        for call in (1, 2, 3):
            keeper.arm(call, after=False, strike=lambda: keeper.shut(seconds=2))
            assert 0 == subject.deploy().wait(60)
            subject.converged()
    finally:
        house.stop()
        keeper.close()
