"""An image is what its own programs are, whatever its manifest says."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.build.judge import check_platform
from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.model.image import Platform, read_platform
from tests.arm import busyboxes
from tests.eventually import eventually

AMD64, ARM64, ARM = map(read_platform, ("amd64", "arm64", "armhf"))


@pytest.fixture
async def docker() -> AsyncIterator[Docker]:
    client = Docker()
    yield client
    client.close()


def image(folder: Path, dockerfile: str, platform: Platform, **files: bytes) -> str:
    """Build an image; nothing of it is run."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o755)
    (folder / "Dockerfile").write_text(dockerfile)
    argv = ["docker", "buildx", "build", "--builder", "default", "-q", "--load"]
    argv += ["--platform", str(platform), "--provenance=false", str(folder)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("name", "platform"), [("amd64", AMD64), ("arm64", ARM64), ("armv7", ARM)], ids=str
)
async def test_an_image_of_each_platform(
    docker: Docker, tmp_path: Path, name: str, platform: Platform
) -> None:
    text = 'FROM scratch\nCOPY busybox /bin/busybox\nCMD ["busybox", "httpd"]\n'
    made = image(tmp_path, text, platform, busybox=busyboxes()[name])
    seen = await check_platform(docker, made, platform)
    assert seen
    assert seen.path == "/bin/busybox"


@pytest.mark.parametrize(
    ("name", "platform"), [("amd64", ARM64), ("armv7", ARM64), ("arm64", AMD64)]
)
async def test_one_that_is_mislabelled_is_refused(
    docker: Docker, tmp_path: Path, name: str, platform: Platform
) -> None:
    text = 'FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT ["/bin/busybox"]\n'
    made = image(tmp_path, text, platform, busybox=busyboxes()[name])
    with pytest.raises(HomeportError, match=f"image for {platform} holds programs for"):
        await check_platform(docker, made, platform)

    async def nothing_is_left() -> bool:  # nor of others, who may look at this moment
        return not await docker.containers(labels=("homeport.scan",))

    await eventually(nothing_is_left)


async def test_links_and_scripts_are_followed_and_emulators_are_not_looked_at(
    docker: Docker, tmp_path: Path
) -> None:
    boxes = busyboxes()
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "sh").symlink_to("busybox")
    (tmp_path / "links" / "busybox").write_bytes(boxes["arm64"])
    text = (
        "FROM scratch\nCOPY links /bin\nCOPY start /usr/local/bin/start\n"
        'COPY qemu /usr/bin/qemu-aarch64-static\nCMD ["start"]\n'
    )
    made = image(tmp_path, text, ARM64, start=b"#!/bin/sh -e\necho\n", qemu=boxes["amd64"])
    seen = await check_platform(docker, made, ARM64)
    assert seen
    assert (seen.path, seen.machine) == ("/bin/busybox", "arm64")


async def test_an_image_without_a_program_is_no_ones(docker: Docker, tmp_path: Path) -> None:
    made = image(tmp_path, "FROM scratch\nCOPY data /data\n", ARM64, data=b"words")
    assert await check_platform(docker, made, ARM64) is None
