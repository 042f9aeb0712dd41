"""Other machines, on this one: an Engine of its own in a folder, and a real sshd before it."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.house import eventually, free_port

SSHD = "/usr/sbin/sshd"
_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv DOCKER_HOST={engine} {environment}
"""


@contextlib.contextmanager
def engine(folder: Path, *, alone: bool = False) -> Iterator[str]:
    """A second Docker Engine: its DOCKER_HOST. Root alone can start one.

    Args:
        folder: where it keeps what it has.
        alone: without any network, so that it does not meddle with those of the first.
    """
    if os.geteuid():
        pytest.skip("an Engine is started by root alone")
    short = Path(tempfile.mkdtemp(prefix="hp-"))  # its sockets have long names
    dockerd = start_engine(folder, short, alone=alone)
    try:
        yield await_engine(folder, short)
    finally:
        dockerd.terminate()
        dockerd.wait(30)
        for mounted in (folder / "data", short / "netns" / "default"):  # where it failed
            subprocess.run(["umount", str(mounted)], check=False, capture_output=True)
        shutil.rmtree(short, ignore_errors=True)


def start_engine(folder: Path, short: Path, *, alone: bool) -> subprocess.Popen[bytes]:
    """dockerd, with its data in `folder`, and in `short` what is gone when its machine is off."""
    argv = [*(_APART if alone else ()), "dockerd", *(_ALONE if alone else ())]
    argv += ["-H", f"unix://{short}/sock", "--pidfile", str(short / "pid")]
    argv += ["--data-root", str(folder / "data"), "--exec-root", str(short)]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)


def await_engine(folder: Path, short: Path) -> str:
    """Its DOCKER_HOST, once it answers."""
    host = f"unix://{short}/sock"
    eventually(lambda: _answers(host), seconds=60, tell=(folder / "log").read_text)
    return host


# dockerd without a bridge takes docker0 away: in a namespace of its own it is nobody else's.
_APART = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
_ALONE = ("--bridge=none", "--iptables=false", "--ip-masq=false")  # with no network at all


def _answers(host: str) -> bool:
    done = subprocess.run(["docker", "-H", host, "version"], check=False, capture_output=True)
    return done.returncode == 0


@dataclass
class Pi:
    """A machine that is reached over ssh, and whose docker asks `engine`."""

    folder: Path
    engine: str
    environment: str = ""
    port: int = field(default_factory=free_port)
    sshd: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """As `homeport builder add` takes it."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """With the host key that it has, or a new one."""
        if not (self.folder / "host_key").exists():
            make_key(self.folder / "host_key")
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it there
        config = self.folder / "sshd_config"
        config.write_text(
            _CONFIG.format(
                port=self.port,
                folder=self.folder,
                engine=self.engine,
                environment=self.environment,
            )
        )
        argv = [SSHD, "-D", "-e", "-f", str(config)]
        with (self.folder / "sshd.log").open("ab") as log:
            self.sshd = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)
        eventually(self._listens, seconds=10, tell=(self.folder / "sshd.log").read_text)

    def stop(self) -> None:
        """Without warning, and every connection with it."""
        if self.sshd:
            for child in descendants(self.sshd.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            self.sshd.wait()
            self.sshd = None

    def again(self, *, engine: str = "", environment: str = "") -> None:
        """Stop, and start with another Engine or environment."""
        self.stop()
        self.engine, self.environment = engine or self.engine, environment
        self.start()

    def let_in(self, key: str) -> None:
        """Whose key this is may log in."""
        with (self.folder / "authorized_keys").open("a") as file:
            file.write(key + "\n")

    def fingerprint(self) -> str:
        """Of its host key."""
        argv = ["ssh-keygen", "-lf", str(self.folder / "host_key.pub")]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()[1]

    def new_host_key(self) -> None:
        """As after it was set up anew."""
        for name in ("host_key", "host_key.pub"):
            (self.folder / name).unlink()

    def _listens(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0


def descendants(pid: int) -> list[int]:
    """A process, and all that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    below = children.read_text().split() if children.exists() else []
    return [pid, *(found for child in below for found in descendants(int(child)))]


def make_key(path: Path) -> None:
    """A key pair."""
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(argv, check=True)


@contextlib.contextmanager
def pi(folder: Path, engine: str) -> Iterator[Pi]:
    """A machine with a real sshd; it is gone at the end."""
    if not Path(SSHD).exists():
        pytest.skip("sshd is not installed")
    folder.mkdir()
    made = Pi(folder, engine)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def program_386(seconds: int) -> bytes:
    """A whole program for the 386: it sleeps, and ends well. (nanosleep, exit)"""
    base, head = 0x08048000, 84
    code = b"\xb8\xa2\0\0\0\xbb" + struct.pack("<I", base + head + 25)
    code += b"\x31\xc9\xcd\x80\xb8\x01\0\0\0\x31\xdb\xcd\x80"
    body = code.ljust(25, b"\x90") + struct.pack("<II", seconds, 0)
    size = head + len(body)
    elf = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    elf += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + head, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    return elf + struct.pack("<IIIIIIII", 1, 0, base, base, size, size, 5, 4096) + body
