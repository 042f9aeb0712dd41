"""A machine of its own builds in an emulator's place: real ssh, a real sshd, an Engine of its own.

It is of this machine's architecture, so it builds what this one runs, too, and is not: for the 386.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.engine.remote import reclaimed
from tests.e2e import machines
from tests.e2e.conftest import started
from tests.e2e.house import App, House, eventually
from tests.e2e.machines import Pi
from tests.e2e.registry import published
from tests.e2e.test_platforms import with_programs

running = contextlib.contextmanager(started)
pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="programs for the 386 run on x86_64"
)

# Networks are what the other Engine has none of.
DOCKERFILE = """\
FROM scratch
ARG TARGETARCH
COPY busybox-${TARGETARCH} /bin/busybox
COPY index.html /www/index.html
CMD ["/bin/busybox", "httpd", "-f", "-p", "8000", "-h", "/www"]
EXPOSE 8000
"""
COMPOSE = """\
services:
  web:
    build: {{context: ., network: none}}
    environment: {{VIRTUAL_HOST: "{host}"}}
    x-homeport: {{platforms: [linux/amd64, linux/386]}}
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("engine")
    with machines.engine(folder, alone=True) as host:
        yield host


@pytest.fixture
def pi(engine: str, tmp_path: Path, house: House) -> Iterator[Pi]:
    """A machine that has let homeport in."""
    with machines.pi(tmp_path / "pi", engine) as made:
        let_in(house, made)
        yield made
        house.homeport("builder", "rm", "pi", check=False)


def let_in(house: House, pi: Pi) -> None:
    refused = house.homeport("builder", "add", "pi", pi.host, check=False)
    key = re.search(r"ssh-ed25519 .*", refused.stderr)
    assert key, refused.stderr
    pi.let_in(key[0])


def commit(app: App, version: str, dockerfile: str = DOCKERFILE) -> None:
    with_programs(app)
    (app.folder / "busybox-386").write_bytes(machines.program_386(4))
    (app.folder / "busybox-386").chmod(0o755)
    compose = COMPOSE.format(host=app.host)
    app.commit({"Dockerfile": dockerfile, "compose.yaml": compose, "index.html": version})


def push(app: App, version: str, dockerfile: str = DOCKERFILE) -> str:
    """What is told of a version, which goes live and is published for both."""
    before = {t["tag"]: t["digest"] for t in app.house.data("image", "list", app.name)}
    commit(app, version, dockerfile)
    app.push()
    assert app.house.get(app.host).body == version

    def moved() -> bool:
        tags = {t["tag"]: t for t in app.house.data("image", "list", app.name)}
        new = tags.get("latest", {})
        return bool(new) and new["digest"] != before.get("latest") and len(new["platforms"]) == 2

    eventually(moved, seconds=60)
    return app.house.homeport("run", "logs", str(app.runs()[0]["number"])).stdout


def test_a_machine_is_met_and_builds_what_it_runs(house: House, app: App, pi: Pi) -> None:
    added = house.homeport("builder", "add", "pi", pi.host)
    assert f"pi builds linux/amd64\nits host key is remembered: {pi.fingerprint()}" in added.stderr
    listed = [{"name": "pi", "host": pi.host, "platform": "linux/amd64"}]
    assert listed == house.data("builder", "list")
    again = house.homeport("builder", "add", "pi", pi.host, check=False)
    assert again.returncode == 2
    assert "there is a builder pi already" in again.stderr
    assert "linux/386 is built by pi" in push(app, "1")
    # It was built there, and nothing but its cache is left.
    there = ["docker", "-H", pi.engine]
    cache = subprocess.run([*there, "builder", "prune", "-af"], check=True, capture_output=True)
    assert b"Total:\t0B" not in cache.stdout
    images = subprocess.run([*there, "images", "-q"], check=True, capture_output=True)
    assert images.stdout == b""
    house.homeport("builder", "rm", "pi")
    assert [] == house.data("builder", "list")
    assert "built by pi" not in push(app, "2")


def test_what_a_machine_keeps_of_builds_is_bounded(engine: str, tmp_path: Path) -> None:
    """Nobody looks after a box in the cellar: three pushes leave 50 MB there, were it not so."""
    bound = {"HOMEPORT_BUILDER_CACHE": "0.02", "HOMEPORT_DISK_BUDGET": "0"}
    with running(House(tmp_path, bound)) as house, machines.pi(tmp_path / "pi", engine) as pi:
        let_in(house, pi)
        house.homeport("builder", "add", "pi", pi.host)
        app = house.app()
        for version in ("1", "2", "3"):
            (app.folder / "noise").write_bytes(os.urandom(8_000_000))
            push(app, version, DOCKERFILE + "COPY noise /noise\n")
        eventually(lambda: 0 < cache(engine) <= 20_000_000, tell=lambda: cache(engine))
        events = house.homeport("events", "--json").stdout.splitlines()
        freed = [json.loads(line) for line in events if '"DiskFreed"' in line]
        assert any(event["builders"] > 1_000_000 for event in freed), freed
        pi.stop()  # one that is off holds nothing up
        assert "freed: " in house.homeport("image", "prune").stderr


def cache(engine: str) -> int:
    """Bytes of build cache that an Engine has."""
    argv = ["docker", "-H", engine, "system", "df", "--format", "{{.Type}}|{{.Size}}"]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    size = dict(line.split("|") for line in done.stdout.splitlines())["Build Cache"]
    return reclaimed(f"Total: {size}")


def test_a_stranger_is_let_in_nowhere(house: House, engine: str, tmp_path: Path) -> None:
    with machines.pi(tmp_path / "pi", engine) as stranger:
        refused = house.homeport("builder", "add", "stranger", stranger.host, check=False)
    assert refused.returncode == 3
    assert "does not answer: it does not let homeport in" in refused.stderr
    assert "hint: add this line to ~/.ssh/authorized_keys there: ssh-ed25519" in refused.stderr
    assert [] == house.data("builder", "list")


def test_a_machine_that_shows_another_host_key_builds_nothing(
    house: House, app: App, pi: Pi
) -> None:
    house.homeport("builder", "add", "pi", pi.host)
    pi.new_host_key()
    pi.again()
    told = push(app, "1")
    assert "another host key than the one that was remembered is shown" in told
    assert "linux/386 is built here" in told
    # It is the same machine, set up anew: its owner says so.
    house.homeport("builder", "rm", "pi")
    assert pi.fingerprint() in house.homeport("builder", "add", "pi", pi.host).stderr
    assert "linux/386 is built by pi" in push(app, "2")


def test_a_machine_that_is_off_is_told_and_this_box_builds(house: House, app: App, pi: Pi) -> None:
    house.homeport("builder", "add", "pi", pi.host)
    pi.stop()
    told = push(app, "1")
    assert "builder pi at ssh://" in told
    assert "Connection refused" in told
    assert "linux/386 is built here" in told


def test_a_machine_that_goes_off_in_the_middle_is_told_and_this_box_builds(
    house: House, app: App, pi: Pi, tmp_path_factory: pytest.TempPathFactory
) -> None:
    house.homeport("builder", "add", "pi", pi.host)
    commit(app, "1", DOCKERFILE + 'RUN ["/bin/busybox", "uname"]\n')
    base = tmp_path_factory.getbasetemp()
    pushing = threading.Thread(target=app.push)
    pushing.start()
    eventually(lambda: _is_building(base), seconds=60)
    pi.stop()
    pushing.join()
    eventually(published(app, "latest"), seconds=60)
    told = house.homeport("run", "logs", str(app.runs()[0]["number"])).stdout
    assert "linux/386 is built by pi" in told
    assert "linux/386 is built here" in told


def _is_building(base: Path) -> bool:
    """Whether a step of a build is under way at the other Engine, whose folder is below."""
    return any(base.glob("engine*/data/buildkit/executor/*/config.json"))


@pytest.mark.parametrize(
    ("engine", "environment", "why"),
    [
        ("", "PATH=/nonexistent", "there is no docker on it"),
        ("unix:///nonexistent/sock", "", "no Docker Engine runs there"),
    ],
)
def test_what_a_machine_lacks_is_said(
    house: House, pi: Pi, engine: str, environment: str, why: str
) -> None:
    pi.again(engine=engine, environment=environment)
    refused = house.homeport("builder", "add", "pi", pi.host, check=False)
    assert refused.returncode == 3
    assert why in refused.stderr
    assert "hint: " in refused.stderr
    assert [] == house.data("builder", "list")


def test_what_only_a_machine_that_is_off_could_build_is_not_published(
    house: House, app: App, pi: Pi
) -> None:
    pi.stop()
    row = ("big", pi.host, "linux/s390x")
    with contextlib.closing(sqlite3.connect(house.state / "homeport.db")) as db, db:
        db.execute("insert into builders (name, host, platform) values (?, ?, ?)", row)
    try:
        commit(app, "1")
        app.commit({"compose.yaml": COMPOSE.format(host=app.host).replace("386", "s390x")})
        app.push()
        events = ("events", "--app", app.name, "--json")
        eventually(lambda: '"BuildFinished"' in house.homeport(*events).stdout)
        assert "builder big at ssh://" in house.homeport(*events).stdout
        assert not published(app, "latest")()
        assert app.house.get(app.host).body == "1"
    finally:
        house.homeport("builder", "rm", "big")
