"""A homeport of its own: its own state folder, its own ports, all on loopback."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.lab import Lab, docker, environment, free_port, lab, remove_named, run
from bench.repository import Live, Repository, push
from homeport.settings import Settings

COMMAND = Path(sys.executable).with_name("homeport")


@dataclass(frozen=True, slots=True)
class House:
    """A daemon that runs, with its proxy."""

    place: Lab
    port: int
    env: dict[str, str]
    daemon: subprocess.Popen[bytes]

    def homeport(self, *arguments: str) -> str:
        """A command of homeport, to its end; its stdout."""
        return run(COMMAND, *arguments, env=self.env)

    def app(self, name: str) -> App:
        """Create an app, and the repository that is pushed to it."""
        full = f"{self.place.name}-{name}"
        made: dict[str, Any] = json.loads(self.homeport("app", "create", full, "--json"))
        return App(self, full, made["remote"], Repository(self.place.folder / full))


@dataclass(frozen=True, slots=True)
class App:
    """An application of that homeport."""

    house: House
    name: str
    remote: str
    repository: Repository

    @property
    def host(self) -> str:
        """Where the proxy answers for it."""
        return f"{self.name}.localhost"

    def push(self) -> Live:
        """Push the next version, until the proxy answers from it."""
        return push(self.repository, self.remote, self.house.port, self.host)

    def settle(self) -> None:
        """Wait until the drains are over, and one container serves alone."""
        wanted = ("--filter", f"label=com.docker.compose.project={self.name}")
        deadline = time.monotonic() + 60
        while len(docker("ps", "-aq", *wanted).split()) > 1:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} still has an old container after 60 s")
            time.sleep(0.1)


@contextlib.contextmanager
def house(**settings: str) -> Iterator[House]:
    """Start one, with further settings as variables; it goes with all its apps and its proxy."""
    with lab() as place:
        port, env = free_port(), state_environment(place)
        env |= {"HOMEPORT_HTTP_PORT": str(port), "HOMEPORT_HTTPS_PORT": str(free_port())}
        env |= {"HOMEPORT_BIND": "127.0.0.1", "HOMEPORT_LISTEN": f"127.0.0.1:{free_port()}"}
        env |= {"HOMEPORT_SSH": "off"}
        # An SBOM takes a core for seconds after each push, and would disturb the next one.
        env |= {"HOMEPORT_REGISTRY": f"127.0.0.1:{free_port()}", "HOMEPORT_SBOM": "off", **settings}
        log = place.folder / "daemon.log"
        with log.open("wb") as output:
            daemon = subprocess.Popen([COMMAND, "up"], env=env, stdout=output, stderr=output)
        found = House(place, port, env, daemon)
        try:
            _await(found, log)
            yield found
        except BaseException as error:
            error.add_note("\n".join(log.read_text(errors="replace").splitlines()[-15:]))
            raise
        finally:
            _take_down(found)


def state_environment(place: Lab) -> dict[str, str]:
    """A state folder of its own, and no settings of this machine's."""
    state = place.folder / "state"
    return environment(HOMEPORT_STATE_DIR=str(state), HOMEPORT_CONFIG="/dev/null")


def _await(found: House, log: Path) -> None:
    """Until the daemon and its proxy answer."""
    deadline = time.monotonic() + 60
    while _call(found, "status") != 0:
        if found.daemon.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("homeport did not start")
        time.sleep(0.2)


def _take_down(found: House) -> None:
    _call(found, "down", "--all")
    found.daemon.terminate()
    try:
        found.daemon.wait(20)
    except subprocess.TimeoutExpired:
        found.daemon.kill()
        found.daemon.wait()
    state = Settings(state_dir=found.env["HOMEPORT_STATE_DIR"])
    remove_named([f"name={state.system_project}"])


def _call(found: House, *arguments: str) -> int:
    argv = [str(COMMAND), *arguments]
    return subprocess.run(
        argv, check=False, env=found.env, capture_output=True, timeout=120
    ).returncode
