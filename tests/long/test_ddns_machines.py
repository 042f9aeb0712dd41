"""The image homeport-ddns, built for the processors of small boxes and run on them, emulated."""

from __future__ import annotations

import shutil
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
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """The image, its platform, and what its kernel calls the machine."""
    platform: str = request.param
    architecture, emulator, machine = MACHINES[platform]
    if not Path("/proc/sys/fs/binfmt_misc", emulator).exists():
        pytest.skip(f"{emulator} is not registered")
    name = f"hptest-{uuid.uuid4().hex[:8]}"
    try:
        base = based(f"{name}-base", platform, architecture, tmp_path / "base")
        words = ["--platform", platform, "--target", "ddns", "--build-arg", f"BASE={base}"]
        words += ["--secret", f"id=ca,src={CA}", "-t", f"{name}-ddns", str(ROOT)]
        docker("buildx", "build", "-q", "--load", *words)
        yield f"{name}-ddns", platform, machine
    finally:
        for one in ("ddns", "base"):
            docker("image", "rm", "--force", f"{name}-{one}")


def based(image: str, platform: str, architecture: str, folder: Path) -> str:
    """debian:bookworm-slim for another processor, of Debian's packages."""
    if not shutil.which("mmdebstrap"):
        pytest.skip("mmdebstrap is not installed")
    folder.mkdir()
    words = ["--quiet", "--format=tar", "--variant=minbase", "--skip=check/qemu"]
    words += [f"--architectures={architecture}", '--aptopt=Acquire::Languages "none"']
    words += ["--include=ca-certificates,python3,python3-venv", "bookworm"]
    words += [str(folder / "base.tar"), *(f"deb {at} bookworm main" for at in mirrors())]
    # A session of its own: when it fails it hangs up on its whole process group.
    subprocess.run(["mmdebstrap", *words], check=True, start_new_session=True)
    (folder / "Dockerfile").write_text("FROM scratch\nADD base.tar /\n")
    docker("buildx", "build", "-q", "--load", "--platform", platform, "-t", image, str(folder))
    return image


def mirrors() -> list[str]:
    """Where this machine has Debian's packages from; mmdebstrap's own choice where it is none."""
    words = ["apt-get", "indextargets", "--format", "$(LABEL)|$(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found = [line.removeprefix("Debian|") for line in listed.split() if line.startswith("Debian|")]
    return found[:1]


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
