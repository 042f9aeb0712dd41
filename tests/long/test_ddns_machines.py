"""The image homeport-ddns, built for the processors of small boxes and run on them, emulated."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import docker
from tests.engine.ddclient_lab import Reply, Server

pytestmark = [pytest.mark.engine, pytest.mark.long]
ROOT = Path(__file__).parents[2]
CA = "/etc/ssl/certs/ca-certificates.crt"
MACHINES = {
    "linux/arm64": ("arm64", "qemu-aarch64", "aarch64"),
    "linux/arm/v7": ("armhf", "qemu-arm", "armv7l"),
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    with Server(folder).running() as server:
        server.answers = lambda _: Reply(body="good")
        yield server


@pytest.fixture(params=MACHINES)
def image(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, str]]:
    """The image, its platform, and what its kernel calls the machine."""
    platform: str = request.param
    architecture, emulator, machine = MACHINES[platform]
    if not Path("/proc/sys/fs/binfmt_misc", emulator).exists():
        pytest.skip(f"{emulator} is not registered")
    name = f"hptest-{uuid.uuid4().hex[:8]}"
    try:
        base = f"BASE={based(architecture)}"
        words = ["--platform", platform, "--target", "ddns", "--build-arg", base]
        words += ["--secret", f"id=ca,src={CA}", "-t", name, str(ROOT)]
        docker("buildx", "build", "-q", "--load", *words)
        yield name, platform, machine
    finally:
        docker("image", "rm", "--force", name)


def based(architecture: str) -> str:
    """debian:bookworm-slim for another processor, of Debian's packages; kept for the next time."""
    script = [str(ROOT / "script/images"), "--stand-in", f"debian:{architecture}"]
    subprocess.run(script, check=True)
    return f"homeport-stand-in/debian:{architecture}"


def test_the_image_updates_a_host_on_each_machine(
    image: tuple[str, str, str], server: Server, tmp_path: Path
) -> None:
    name, platform, machine = image
    file = tmp_path / "ddclient.conf"
    file.write_text(
        f"use=ip, ip=8.8.4.4\nserver={server.plain}, login=me, password=pw a.example.org\n"
    )
    file.chmod(0o600)
    run = ["run", "--rm", "--platform", platform, "--network", "host"]
    mount = ["-v", f"{file}:/etc/ddclient.conf:ro"]
    assert machine == docker(*run, "--entrypoint", "uname", name, "-m").strip()
    docker(*run, *mount, name)
    asked = ["/nic/update?system=dyndns&hostname=a.example.org&myip=8.8.4.4"]
    assert asked == [seen.target for seen in server.taken()]
