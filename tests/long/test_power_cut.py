"""The power goes in the middle of a rollout: Engine, containers and homeport, all at once.

The Engine that starts again starts by itself what is to run always. What was written has one user,
whoever that is.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import machines
from tests.e2e.house import HOMEPORT, eventually

pytestmark = pytest.mark.e2e
APP = "homeport-test/app:latest"
# Each start writes a line; a second user of the volume finds the lock of the first.
COMMAND = """
exec 9>/data/lock; flock -n 9 || echo two users at once >> /data/log
echo start of $VERSION >> /data/log
exec python3 -u -I /server.py
"""
CHECK = {"test": ["CMD", "bash", "-c", "echo > /dev/tcp/127.0.0.1/5000"], "interval": "1s"}


class Box:
    """A machine with an Engine of its own, whose plug can be pulled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._short = Path(tempfile.mkdtemp(prefix="hp-"))

    def boot(self) -> None:
        """Start its Engine."""
        self._dockerd = machines.start_engine(self.folder, self._short, alone=True)
        self.engine = machines.await_engine(self.folder, self._short)

    def docker(self, *arguments: str) -> str:
        """Its Engine, asked."""
        command = ["docker", "-H", self.engine, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def load(self) -> None:
        """The image that the tests deploy."""
        load = ["docker", "-H", self.engine, "load", "-q"]
        with subprocess.Popen(["docker", "save", APP], stdout=subprocess.PIPE) as saved:
            subprocess.run(load, stdin=saved.stdout, check=True, capture_output=True)
        assert 0 == saved.returncode

    def states(self) -> dict[str, str]:
        """Container -> state."""
        lines = self.docker("ps", "-a", "--format", "{{.Names}} {{.State}}").splitlines()
        return dict(line.split() for line in lines)

    def up(self) -> subprocess.Popen[str]:
        """`homeport stack up`, under way."""
        env = {
            "PATH": os.environ["PATH"],
            "HOMEPORT_STATE_DIR": str(self.folder / "state"),
            "HOMEPORT_CONFIG": "/dev/null",
            "HOMEPORT_DOCKER_HOST": self.engine,
            "DOCKER_HOST": self.engine,
        }
        return subprocess.Popen(
            [HOMEPORT, "stack", "up", "-p", "pc"],
            cwd=self.folder, env=env, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def write(self, version: str, restart: str) -> None:
        """The compose file: one service with a volume."""
        service: dict[str, Any] = {
            "image": APP,
            "network_mode": "none",
            "restart": restart,
            "volumes": ["data:/data"],
            "command": ["sh", "-c", COMMAND.replace("$", "$$")],
            "environment": {"VERSION": version, "BOOT": "2"},
            "healthcheck": {**CHECK, "retries": 30},
        }
        text = json.dumps({"services": {"db": service}, "volumes": {"data": {}}})
        (self.folder / "compose.yaml").write_text(text)

    def written(self) -> list[str]:
        """What is in the volume."""
        return (self.folder / "data/volumes/pc_data/_data/log").read_text().splitlines()

    def pull_the_plug(self) -> None:
        """Nothing of it runs any more, and what was in memory is gone."""
        for pid in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._dockerd.wait()
        eventually(lambda: not self._processes())
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in reversed(mounts):
            if mount.startswith((str(self._short), str(self.folder))):
                subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self._short)
        self._short.mkdir()

    def close(self) -> None:
        """Take it away."""
        self.pull_the_plug()
        shutil.rmtree(self._short)

    def _processes(self) -> set[int]:
        named = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()]
        mine = [pid for pid in named if str(self._short).encode() in _command(pid)]
        return {below for pid in mine for below in machines.descendants(pid) if _command(below)}


def _command(pid: int) -> bytes:
    """Empty for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """One that runs, with the image."""
    if os.geteuid():
        pytest.skip("an Engine is started by root alone")
    made = Box(tmp_path)
    try:
        made.boot()
        made.load()
        yield made
    finally:
        made.close()


def both(box: Box, old: str, new: str) -> bool:
    """Whether the two containers are there and in these states."""
    found = box.states()
    return {"pc-db-1.yielding": old, "pc-db-2.staged": new} == found


MOMENTS: dict[str, Callable[[Box], bool]] = {
    "the old one has requests yet": lambda box: both(box, "running", "created"),
    "the old one has stopped": lambda box: both(box, "exited", "created"),
    "the new one boots": lambda box: both(box, "exited", "running"),
    "the new one serves": lambda box: box.states().get("pc-db-2") == "running",
}


@pytest.mark.parametrize(
    ("moment", "restart"),
    [
        *((moment, "always") for moment in MOMENTS),
        ("the new one boots", "on-failure"),
        ("the new one boots", "unless-stopped"),
    ],
)
def test_after_a_power_cut_a_volume_has_one_user_and_the_next_start_goes_on(
    box: Box, moment: str, restart: str
) -> None:
    box.write("one", restart)
    _, told = (going := box.up()).communicate()
    assert 0 == going.returncode, told
    box.write("two", restart)
    going = box.up()
    eventually(lambda: MOMENTS[moment](box) or going.poll() is not None)
    going.kill()
    box.pull_the_plug()
    going.communicate()
    box.boot()
    time.sleep(2)  # nobody looks at it for a while
    _, told = (again := box.up()).communicate()
    assert 0 == again.returncode, told
    assert {"pc-db-2": "running"} == box.states()
    assert "start of two" == box.written()[-1]
    assert "two users at once" not in box.written()
