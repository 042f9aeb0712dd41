"""What breaks in the middle of something: what is live stays live, and nothing is left dangling."""

from __future__ import annotations

import contextlib
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import Answer, App, House, docker, eventually, git_environment
from tests.e2e.registry import Client, answered, basic
from tests.e2e.relay import Relay
from tests.e2e.visitors import visitors

MOMENTS = [
    "-----> check out",
    "-----> build",
    "CreateContainer",
    "StartContainer",
    "AwaitHealthy",
    "(ready",
    "AwaitRouted",
    "-----> Live",
]


def background_push(app: App) -> subprocess.Popen[str]:
    """`git push` that goes on meanwhile."""
    return subprocess.Popen(
        ["git", "push", app.remote, "main"],
        cwd=app.folder,
        env=git_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def log_of_newest(app: App) -> str:
    """The log of the newest run, read from its file."""
    logs = sorted((app.house.state / "logs").glob("*.log"), key=lambda path: int(path.stem))
    return logs[-1].read_text() if logs else ""


@pytest.mark.alone
def test_kill_9_at_any_moment_goes_on_at_the_next_start_and_no_visitor_notices(
    own_house: House,
) -> None:
    """Eight moments of a deploy, one after the other."""
    app = own_house.app()
    app.live("v0")
    with visitors(own_house.port, app.host) as visits:
        for number, moment in enumerate(MOMENTS, start=1):
            app.house.homeport("scale", app.name, "web=1")
            version = f"v{number}"
            app.version(version, "ENV BOOT=0.3\n")
            runs = len(app.runs())
            push = background_push(app)
            eventually(lambda n=runs: len(app.runs()) > n)  # type: ignore[misc]
            eventually(lambda m=moment: m in log_of_newest(app))  # type: ignore[misc]
            own_house.kill()
            push.communicate(timeout=30)
            own_house.start()
            eventually(lambda v=version: own_house.get(app.host) == Answer(200, v))  # type: ignore[misc]
            eventually(lambda: app.runs()[0]["state"] == "live", tell=app.runs)
            eventually(lambda: len(app.containers()) == 1, tell=app.containers)
    assert [] == visits.failures
    assert visits.count > 100
    assert {f"v{n}" for n in range(len(MOMENTS) + 1)} == visits.bodies


def test_what_a_killed_build_leaves_goes_at_the_next_start(own_house: House) -> None:
    app, state = own_house.app(), own_house.state
    app.version("one", f"RUN sleep 3 && echo {app.name}\n")
    push = background_push(app)
    eventually(lambda: [*state.glob("scratch/build-*")])
    (left,) = state.glob("scratch/build-*")
    pushed = f"127.0.0.1:{own_house.registry_port}/{app.name}:homeport-staged-77-amd64"
    docker("tag", "busybox:stable", pushed)  # as where the Engine was pushing
    own_house.kill()
    push.communicate(timeout=30)
    own_house.start()
    assert not left.exists()
    eventually(lambda: "" == docker("images", "-q", pushed))
    eventually(lambda: own_house.get(app.host) == Answer(200, "one"))
    eventually(lambda: [] == [*state.glob("scratch/*"), *state.glob("*.of-before-*")])


def test_a_client_that_is_lost_changes_nothing(app: App) -> None:
    """The daemon owns the run; `run logs -f` looks again."""
    app.live("one")
    app.version("two", "RUN sleep 1\n")
    push = background_push(app)
    eventually(lambda: "RUN sleep 1" in log_of_newest(app))
    push.kill()
    push.communicate()
    number = str(app.runs()[0]["number"])
    assert "Live after" in app.house.homeport("run", "logs", number, "-f").stdout
    assert Answer(200, "two") == app.house.get(app.host)
    assert "Everything up-to-date" in app.push().stderr


def test_of_two_pushes_at_once_the_newest_wins_and_the_older_is_told_why(app: App) -> None:
    """The older run is superseded while it builds."""
    app.live("one")
    app.version("two", "RUN sleep 20\n")
    older = background_push(app)
    eventually(lambda: "RUN sleep 20" in log_of_newest(app))
    app.version("three")
    app.push()
    _, told = older.communicate(timeout=30)
    assert 1 == older.returncode
    assert "a newer push" in told
    assert Answer(200, "three") == app.house.get(app.host)


def test_a_push_of_300_mb_is_refused_and_says_how_much_is_taken(app: App) -> None:
    """max_push is 256 MiB; nothing of it is kept."""
    app.live("one")
    large = app.folder / "large.bin"
    with large.open("wb") as file, Path("/dev/urandom").open("rb") as random:
        for _ in range(300):
            file.write(random.read(1 << 20))
    app.version("two")
    done = app.push(check=False)
    assert 1 == done.returncode, done.stderr
    assert "256" in done.stderr, done.stderr
    assert Answer(200, "one") == app.house.get(app.host)
    repository = app.house.state / "repositories" / f"{app.name}.git"
    size = sum(path.stat().st_size for path in repository.rglob("*") if path.is_file())
    assert size < 10 << 20


def test_nginx_that_is_killed_or_removed_comes_back_and_serves(own_house: House) -> None:
    """By Docker's restart policy; by the daemon where somebody took the container away."""
    app = own_house.app()
    app.live("one")
    names = docker("ps", "--format", "{{.Names}}", "--filter", f"publish={own_house.port}")
    (nginx,) = names.split()
    pid = docker("inspect", "-f", "{{.State.Pid}}", nginx).strip()
    subprocess.run(["kill", "-9", pid], check=True)
    eventually(lambda: own_house.get(app.host) == Answer(200, "one"))
    docker("rm", "-f", nginx)
    assert 0 == own_house.get(app.host).status
    eventually(lambda: own_house.get(app.host) == Answer(200, "one"), seconds=40)
    # Neither at the start, before there was an nginx, nor now did one refuse anything.
    assert "ProxyRefused" not in own_house.homeport("events").stdout


def test_nginx_whose_network_goes_while_it_is_down_comes_back(own_house: House) -> None:
    """The Engine starts nothing that is in a network which is not there."""
    app = own_house.app()
    app.live("one")
    (nginx,) = docker(
        "ps", "--format", "{{.Names}}", "--filter", f"publish={own_house.port}"
    ).split()
    name = f"{app.name}-other"
    docker("network", "create", name)
    docker("network", "connect", name, nginx)
    docker("kill", nginx)
    docker("network", "rm", name)
    eventually(lambda: own_house.get(app.host) == Answer(200, "one"))


def test_nginx_that_is_killed_again_and_again_is_back_each_time(own_house: House) -> None:
    """The Engine waits twice as long each time, 25 s after the ninth; and so did the daemon."""
    app = own_house.app()
    app.live("one")
    names = docker("ps", "--format", "{{.Names}}", "--filter", f"publish={own_house.port}")
    live = Answer(200, "one")
    for _ in range(9):
        pid = docker("inspect", "-f", "{{.State.Pid}}", names.strip()).strip()
        subprocess.run(["kill", "-9", pid], check=True)
        eventually(lambda: own_house.get(app.host, seconds=1) == live, seconds=12)


@pytest.fixture
def cut_off(tmp_path: Path) -> Iterator[tuple[House, Relay]]:
    """A homeport whose Engine can be taken away from it."""
    relay = Relay(tmp_path / "engine.sock")
    relay.open()
    house = House(tmp_path, {"HOMEPORT_DOCKER_HOST": f"unix://{relay.path}"})
    try:
        house.start()
        yield house, relay
    finally:
        relay.close()
        relay.open()
        house.stop()
        relay.close()


def test_an_engine_that_is_down_fails_a_push_at_once_and_is_found_again(
    cut_off: tuple[House, Relay],
) -> None:
    """The site stays up, status says what is missing, and the same push succeeds later."""
    house, relay = cut_off
    app = house.app()
    app.live("one")
    relay.close()
    app.version("two")
    began = time.monotonic()
    done = app.push(check=False)
    assert 1 == done.returncode
    assert time.monotonic() - began < 30
    assert "the Docker Engine does not answer" in done.stderr, done.stderr
    assert Answer(200, "one") == house.get(app.host)
    assert "does not answer" == house.data("status")["engine"]
    relay.open()
    eventually(lambda: house.data("status")["engine"] == "answers")
    app.push()
    assert Answer(200, "two") == house.get(app.host)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[House]:
    """A homeport whose state folder is a disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], check=True)
    house = House(tmp_path, {"HOMEPORT_STATE_DIR": str(folder / "state")})
    house.state = folder / "state"
    try:
        house.start()
        yield house
    finally:
        (folder / "filler").unlink(missing_ok=True)
        house.stop()
        subprocess.run(["umount", folder], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))


def test_a_registry_on_a_disk_that_is_nearly_full_takes_nothing(
    small_disk: House, tmp_path: Path
) -> None:
    """The rest of the disk is homeport's own: its database, and what is pushed by git."""
    app, client = small_disk.app(), Client(small_disk, tmp_path / "client")
    client.login(app.token)
    address = f"http://{client.address}/v2/{app.name}/blobs/uploads/"
    asked = urllib.request.Request(address, method="POST", headers=basic(app))
    assert answered(asked)[0] == 503
    app.live("one")
    log = small_disk.homeport("run", "logs", str(app.runs()[0]["number"])).stdout
    assert "the disk of the registry has less than 100 MB left" in log


def test_a_full_disk_fails_a_push_and_what_is_live_stays_live(small_disk: House) -> None:
    """With room again, the same push succeeds; the daemon never ended."""
    app = small_disk.app()
    app.live("one")
    filler = small_disk.state.parent / "filler"
    fill(filler)
    app.version("two")
    done = app.push(check=False)
    assert done.returncode != 0
    assert Answer(200, "one") == small_disk.get(app.host)
    filler.unlink()
    app.version("three")
    app.push()
    assert Answer(200, "three") == small_disk.get(app.host)
    assert small_disk.daemon
    assert small_disk.daemon.poll() is None
