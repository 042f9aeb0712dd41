"""A box whose disk is full: a homeport and an Engine of their own, on a small disk."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from homeport.registry.client import Client
from homeport.registry.manifests import DOCKER_MANIFEST
from tests.arm import programs
from tests.e2e import machines
from tests.e2e.conftest import started
from tests.e2e.house import DOCKERFILE, Answer, House, docker, eventually, small_disk
from tests.e2e.registry import Client as Docker
from tests.e2e.test_governor import age, collect, is_there, untagged
from tests.namespace import namespace

IMAGES = ("homeport-test/app:latest", "nginx:stable", "registry:2")
BIG = 100_000_000  # bytes; twice that while it is pulled
_CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread, and what it starts, sees the network of a namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    now, other = Path("/proc/thread-self/ns/net"), Path("/run/netns") / name
    with now.open() as before, other.open() as there:
        assert libc.setns(there.fileno(), _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert libc.setns(before.fileno(), _CLONE_NEWNET) == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Where the Engine of its own keeps everything; the whole of homeport uses that Engine."""
    folder = tmp_path / "engine"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        stack.enter_context(small_disk(folder, "1500m"))
        stack.enter_context(inside(stack.enter_context(namespace()).name))
        host = stack.enter_context(machines.engine(folder))
        load = ["docker", "-H", host, "load", "-q"]
        with subprocess.Popen(["docker", "save", *IMAGES], stdout=subprocess.PIPE) as saved:
            subprocess.run(load, stdin=saved.stdout, check=True, capture_output=True, timeout=120)
        assert saved.returncode == 0
        patch.setenv("DOCKER_HOST", host)
        yield folder


@pytest.fixture
def house(disk: Path, tmp_path: Path) -> Iterator[House]:
    """A homeport on that Engine."""
    (tmp_path / "house").mkdir()
    yield from started(House(tmp_path / "house"))


@pytest.fixture
def tiny(disk: Path, tmp_path: Path) -> Iterator[House]:
    """One that may keep nothing which nobody needs."""
    (tmp_path / "house").mkdir()
    yield from started(House(tmp_path / "house", {"HOMEPORT_DISK_BUDGET": "0.000001"}))


def _noise(folder: Path) -> bytes:
    """A layer with a program, and a file that no compression makes smaller."""
    (folder / "busybox").write_bytes(programs("busybox")["amd64"])
    (folder / "busybox").chmod(0o755)
    (folder / "noise").write_bytes(os.urandom(BIG))
    tar = ["tar", "-C", str(folder), "-c", "noise", "busybox"]
    return subprocess.run(tar, check=True, capture_output=True).stdout


async def _stored(house: House, repository: str, tar: bytes) -> None:
    """An image in the registry; not by way of the Engine, whose disk has no room for it."""
    client = Client(house.state / "registry" / "run" / "registry.sock")
    found: dict[str, object] = {
        "type": "layers",
        "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}"],
    }
    image: dict[str, object] = {"architecture": "amd64", "os": "linux", "rootfs": found}
    image["config"] = {"Cmd": ["/busybox", "sleep", "600"]}
    text = json.dumps(image).encode()
    conf, layer = [
        {
            "mediaType": f"application/vnd.docker.{kind}",
            "size": len(content),
            "digest": await client.put_blob(repository, content),
        }
        for kind, content in (("container.image.v1+json", text), ("image.rootfs.diff.tar", tar))
    ]
    body = {"schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": conf, "layers": [layer]}
    await client.put_manifest(repository, "1", DOCKER_MANIFEST, json.dumps(body).encode())
    client.close()


def _free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def test_a_disk_that_gets_full_in_the_middle_of_a_pull(
    house: House, disk: Path, tmp_path: Path
) -> None:
    """What is live stays live, nothing is left half done, and room is made for another try."""
    app = house.app()
    for version in ("1", "2", "3", "4"):
        app.live(version, f"RUN head -c 60000000 /dev/urandom > /noise{version}\n")
    asyncio.run(_stored(house, f"{app.name}/big", _noise(tmp_path)))
    house.homeport("app", "set", app.name, "public=true")
    eventually(lambda: len(app.containers()) == 1)  # what it replaced has gone
    time.sleep(15)  # the governor's look after the last publication is over: 12 s after it
    before = app.containers()
    running = docker("ps", "-q", "--no-trunc")
    filled = _free(disk) - BIG
    (disk / "filler").write_bytes(bytes(filled))  # zeros take room on a tmpfs, too
    image = f"127.0.0.1:{house.registry_port}/{app.name}/big:1"
    compose = f"""\
services:
  web: {{build: ., environment: {{VIRTUAL_HOST: "{app.host}"}}}}
  big: {{image: "{image}", stop_grace_period: 1s}}
"""
    app.commit({"compose.yaml": compose, "Dockerfile": DOCKERFILE.format(version="5", more="")})
    failed = app.push(check=False)
    assert failed.returncode != 0
    assert f"image {image} could not be pulled: the Engine's disk is full" in failed.stderr
    assert "homeport image prune makes room" in failed.stderr
    assert Answer(200, "4") == house.get(app.host)
    assert before == app.containers()
    assert running == docker("ps", "-q", "--no-trunc")
    assert "" == docker("images", "-q", image)
    # The governor looks by itself after such a push: what nobody needs goes, until it fits.
    eventually(lambda: _free(disk) > 2.1 * BIG, seconds=60, tell=lambda: _free(disk))
    assert {4, 3} <= {release["number"] for release in house.data("releases", app.name)}
    house.homeport("run", "retry", str(app.runs()[0]["number"]))
    eventually(lambda: Answer(200, "5") == house.get(app.host), seconds=60)
    assert docker("images", "-q", image)


def test_what_no_tag_names_goes_after_an_hour_where_the_disk_is_short(
    house: House, disk: Path, tmp_path: Path
) -> None:
    app, client = house.app(), Docker(house, tmp_path / "docker")
    before = untagged(app, client, "registry:2")
    age(house, hours=2)
    collect(house)
    assert is_there(client, before)
    (disk / "filler").write_bytes(bytes(_free(disk) - BIG))
    assert collect(house)
    assert not is_there(client, before)
    assert client.pull(f"{app.name}:edge").returncode == 0


TWO = """\
services:
  first:
    build: .
    healthcheck: {{test: "test -e /ready", interval: 1s, retries: 60, start_period: 60s}}
  web:
    build: .
    environment: {{VIRTUAL_HOST: "{host}"}}
    depends_on: {{first: {{condition: service_healthy}}}}
"""


def test_in_the_middle_of_a_rollout_its_images_stay(tiny: House) -> None:
    """Whatever the budget: what a run goes to is needed before it is live."""
    app = tiny.app()
    app.commit({"compose.yaml": TWO.format(host=app.host)})
    app.version("1")
    with ThreadPoolExecutor() as pool:
        pushed = pool.submit(app.push)
        eventually(lambda: "running" in app.containers().values())
        assert 0 == tiny.data("image", "prune")["freed"]["releases"]
        (first,) = tiny.containers(app.name)
        docker("exec", first, "touch", "/ready")
        pushed.result()
    assert Answer(200, "1") == tiny.get(app.host)
