"""A whole homeport, and repositories that are pushed to it: real git, real builds, real nginx."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HOMEPORT = Path(sys.executable).with_name("homeport")
DOCKERFILE = "FROM homeport-test/app:latest\nENV VERSION={version}\n{more}"


@dataclass(frozen=True)
class Answer:
    """A page, as a visitor gets it; 0 is a connection that broke."""

    status: int
    body: str


@dataclass
class House:
    """One daemon with its state folder and its ports, all on loopback."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    daemon: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port, self.git_port, self.registry_port = free_port(), free_port(), free_port()
        self.ssh_port = free_port()
        self.state = self.folder / "state"
        self.env = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("HOMEPORT", "GIT"))
        } | {
            "HOMEPORT_STATE_DIR": str(self.state),
            "HOMEPORT_CONFIG": "/dev/null",
            "HOMEPORT_BIND": "127.0.0.1",
            "HOMEPORT_HTTP_PORT": str(self.port),
            "HOMEPORT_HTTPS_PORT": str(free_port()),
            "HOMEPORT_LISTEN": f"127.0.0.1:{self.git_port}",
            "HOMEPORT_REGISTRY": f"127.0.0.1:{self.registry_port}",
            "HOMEPORT_SSH": f"127.0.0.1:{self.ssh_port}",
            "HOMEPORT_DRAIN": "3",
            "HOMEPORT_SBOM": "off",  # five seconds of a core for each push
            "DOCKER_CONFIG": str(self.folder / "docker"),
            **self.settings,
        }

    # -- the daemon

    def start(self) -> None:
        """Start the daemon; return when it is ready."""
        self.launch()
        eventually(self.ready, seconds=30)

    def launch(self) -> None:
        """The daemon is on the way."""
        log = (self.folder / "daemon.log").open("ab")
        with log:
            # In a session of its own: who interrupts the tests leaves it to them, to clear up with.
            self.daemon = subprocess.Popen(
                [HOMEPORT, "up"], env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def ready(self) -> bool:
        """Whether the daemon answers, and is ready."""
        found = self.homeport("status", "--json", check=False)
        return found.returncode == 0 and bool(json.loads(found.stdout)["ready"])

    def kill(self) -> None:
        """`kill -9`."""
        assert self.daemon
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def stop(self) -> None:
        """Take everything away, whatever state it is in."""
        for app in self.apps():
            self.homeport("app", "rm", app, "--yes", "--volumes", check=False)
        self.homeport("down", "--all", check=False)
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()

    def apps(self) -> list[str]:
        """The names of its apps; none where the daemon is down."""
        found = self.homeport("app", "list", "--json", check=False)
        return [app["name"] for app in json.loads(found.stdout)] if found.returncode == 0 else []

    def homeport(
        self, *arguments: str, check: bool = True, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """A command, to its end."""
        done = subprocess.run(
            [HOMEPORT, *arguments],
            env=self.env,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            input=stdin,
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.stderr}{done.stdout}"
        return done

    def data(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        return json.loads(self.homeport(*arguments, "--json").stdout)

    # -- what visitors and the Engine see

    def get(self, host: str, path: str = "/", *, seconds: float = 10) -> Answer:
        """A page through the proxy."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("GET", path, headers={"Host": host})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, repr(error))
        finally:
            connection.close()

    def containers(self, project: str) -> dict[str, str]:
        """Container -> state."""
        lines = docker(
            "ps", "-a", "--filter", f"label=com.docker.compose.project={project}",
            "--format", "{{.Names}} {{.State}}",
        )  # fmt: skip
        return dict(line.split() for line in lines.splitlines())

    def app(self, name: str = "", *options: str) -> App:
        """A new app with a repository; its name is its own."""
        full = f"t{uuid.uuid4().hex[:6]}{name and '-'}{name}"
        made = self.data("app", "create", full, *options)
        return App(self, full, made["remote"], made["token"], self.folder / full)


@dataclass
class App:
    """A repository, and the app that it is pushed to."""

    house: House
    name: str
    remote: str
    token: str
    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.git("init", "-q", "-b", "main")
        self.host = f"{self.name}.localhost"

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """git in the repository."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=git_environment(),
            check=False,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert not check or done.returncode == 0, f"git {arguments}: {done.stderr}"
        return done

    def commit(self, files: Mapping[str, str], message: str = "a change") -> str:
        """Write files and commit them; the commit."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").stdout.strip()

    def version(self, version: str, more: str = "") -> str:
        """Commit a version of the test's application, from a Dockerfile alone."""
        return self.commit({"Dockerfile": DOCKERFILE.format(version=version, more=more)}, version)

    def push(
        self, *refs: str, check: bool = True, options: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """`git push`; main where nothing else is said."""
        return self.git("push", *options, self.remote, *(refs or ("main",)), check=check)

    def live(self, version: str, more: str = "") -> None:
        """Push a version that goes live, and see it."""
        self.version(version, more)
        self.push()
        assert Answer(200, version) == self.house.get(self.host)

    def runs(self) -> list[dict[str, Any]]:
        """Its runs, newest first."""
        found: list[dict[str, Any]] = self.house.data("runs", self.name)
        return found

    def containers(self) -> dict[str, str]:
        """Container, without the app's name -> state."""
        found = self.house.containers(self.name)
        return {name.removeprefix(f"{self.name}-"): state for name, state in found.items()}

    def settled(self, expected: Mapping[str, str]) -> None:
        """Wait until the containers are these: what was replaced is drained and gone."""
        eventually(lambda: self.containers() == expected, tell=self.containers)


def docker(*arguments: str) -> str:
    """The Engine, asked through its own client."""
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def eventually(
    condition: Callable[[], object],
    *,
    seconds: float = 60,
    tell: Callable[[], object] = lambda: "",
) -> None:
    """Return when `condition` holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {tell()}"
        time.sleep(0.03)


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "8k") -> Iterator[None]:
    """A disk that is soon full, mounted over an empty folder; root alone can."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def free_port(*beside: int) -> int:
    """A port of loopback that nobody listens on, nor on those `beside` it.

    Below those that the kernel gives to whoever connects, maybe before we listen.
    """
    while True:
        port = random.randrange(16_000, 32_000)
        if all(_is_free(port + more) for more in (0, *beside)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as tried, contextlib.suppress(OSError):
        tried.bind(("127.0.0.1", port))
        return True
    return False


def git_environment() -> dict[str, str]:
    """No person's settings, no questions."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "test",
        "GIT_AUTHOR_EMAIL": "test@example.org",
        "GIT_COMMITTER_NAME": "test",
        "GIT_COMMITTER_EMAIL": "test@example.org",
    }
