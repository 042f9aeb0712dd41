"""Everything that a measurement makes carries one unique name and one label, and goes with it."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABEL = "homeport.bench"


class Missing(Exception):
    """Something that a measurement needs is not here."""


@dataclass(frozen=True, slots=True)
class Lab:
    """Where one measurement works.

    `name` begins the name of every object that it makes in the Engine.
    """

    name: str
    folder: Path

    @property
    def label(self) -> str:
        """What every object of the measurement is labelled with."""
        return f"{LABEL}={self.name}"


@contextlib.contextmanager
def lab() -> Iterator[Lab]:
    """A place of its own; nothing is left of it, also after a failure."""
    place = Lab(f"hb{secrets.token_hex(3)}", Path(tempfile.mkdtemp(prefix="homeport-bench-")))
    try:
        yield place
    finally:
        sweep(place)
        shutil.rmtree(place.folder, ignore_errors=True)


def run(
    *argv: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> str:
    """Run to the end; what it printed. CalledProcessError shows what it said."""
    done = subprocess.run(
        argv, check=False, cwd=cwd, env=env or environment(), input=stdin, capture_output=True
    )
    if done.returncode != 0:
        sys.stderr.write((done.stdout + done.stderr).decode(errors="replace"))
        done.check_returncode()
    return done.stdout.decode()


def docker(*arguments: str, stdin: bytes = b"") -> str:
    """The Engine, asked through its own client."""
    return run("docker", *arguments, stdin=stdin)


def environment(**more: str) -> dict[str, str]:
    """Ours, without what would slow Python down or point git elsewhere."""
    # A person's Python keeps the bytecode that it compiled; a measured one must, too.
    unwanted = ("PYTHONDONTWRITEBYTECODE", "GIT_DIR", "GIT_WORK_TREE", "COMPOSE_PROJECT_NAME")
    return {key: value for key, value in os.environ.items() if key not in unwanted} | more


def free_port() -> int:
    """A port of loopback that nobody listens on.

    Below those that the kernel gives to whoever connects, maybe before we listen.
    """
    while True:
        port = random.randrange(16_000, 32_000)
        if _is_free(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as tried, contextlib.suppress(OSError):
        tried.bind(("127.0.0.1", port))
        return True
    return False


def sweep(place: Lab) -> None:
    """Remove every object of a measurement, by its label and by its name."""
    remove_named([f"label={place.label}", f"name={place.name}"])
    # A star matches no slash.
    images = [f"reference={place.name}{rest}" for rest in ("*", "*/*", "*/*/*")]
    _remove(("image", "rm", "-f"), ("image", "ls", "-q"), images)


def remove_named(filters: Sequence[str]) -> None:
    """Remove the containers, networks and volumes that one of these filters finds."""
    _remove(("rm", "-f", "-v"), ("container", "ls", "-aq"), filters)
    _remove(("network", "rm"), ("network", "ls", "-q"), filters)
    _remove(("volume", "rm", "-f"), ("volume", "ls", "-q"), filters)


def _remove(remove: Sequence[str], ls: Sequence[str], filters: Sequence[str]) -> None:
    found = {name for wanted in filters for name in docker(*ls, "--filter", wanted).split()}
    for name in sorted(found):
        try:
            docker(*remove, name)
        except subprocess.CalledProcessError:
            # Engine 20.10 may count an endpoint too many in a network that nobody is in. It stays
            # until the Engine restarts; what was measured is not to be lost for it.
            say(f"{name} stays")


def say(line: str) -> None:
    """Progress, for whoever watches; stdout is for results."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}"[:110])
    else:
        sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
