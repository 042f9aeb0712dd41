"""A machine with an Engine of its own, whose plug can be pulled."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.e2e import machines
from tests.e2e.house import HOMEPORT, eventually

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

    def __init__(self, folder: Path, *, alone: bool = True) -> None:
        """`alone`: its Engine has no network, and needs no namespace of a test's own."""
        self.folder, self._alone = folder, alone
        self._short = Path(tempfile.mkdtemp(prefix="hp-"))
        self.engine = f"unix://{self._short}/sock"

    def boot(self) -> None:
        """Start its Engine."""
        self.turn_on()
        self.await_engine()

    def turn_on(self) -> None:
        """Its Engine is on the way."""
        self._dockerd = machines.start_engine(self.folder, self._short, alone=self._alone)

    def await_engine(self) -> None:
        """Its Engine answers."""
        machines.await_engine(self.folder, self._short)

    def docker(self, *arguments: str) -> str:
        """Its Engine, asked."""
        command = ["docker", "-H", self.engine, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def load(self, images: Sequence[str] = (APP,)) -> None:
        """The images that the tests need."""
        load = ["docker", "-H", self.engine, "load", "-q"]
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
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

    def written(self, project: str = "pc") -> list[str]:
        """What is in the volume."""
        volume = self.folder / f"data/volumes/{project}_data/_data"
        return (volume / "log").read_text().splitlines()

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
