"""homeport's own image: built from this repository, it runs as a container and takes a push."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import started
from tests.e2e.house import DOCKERFILE, Answer, House, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.long]
ROOT = Path(__file__).parent.parent.parent


class Contained(House):
    """A homeport in a container; the commands are those of the box, over the state folder."""

    @property
    def project(self) -> str:
        return f"homeport-itself-{self.port}"

    def compose(self, *arguments: str) -> None:
        argv = ["docker", "compose", "-p", self.project, *arguments]
        env = os.environ | self.env
        done = subprocess.run(argv, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
        assert 0 == done.returncode, done.stderr

    def start(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        self.compose("up", "-d", "--build")
        eventually(self.ready, seconds=60)

    def stop(self) -> None:
        super().stop()
        self.compose("down", "--volumes")


@pytest.fixture
def contained(tmp_path: Path) -> Iterator[House]:
    """Built and started; nothing of it is left but the image."""
    yield from started(Contained(tmp_path))


def test_a_homeport_in_a_container_takes_a_push_with_hooks(contained: House) -> None:
    app = contained.app()
    app.commit(
        {
            "Dockerfile": DOCKERFILE.format(version="one", more=""),
            "hooks/test": 'docker run --rm "$IMAGE_NAME" echo "it runs"\n',
        }
    )
    assert "it runs\n" in app.push().stderr.replace(" " * 8, "")
    assert Answer(200, "one") == contained.get(app.host)
    assert {"web-1": "running"} == app.containers()
