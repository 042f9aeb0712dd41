"""The power goes in the middle of a push, and comes back: Engine, containers, and the daemon.

After each call that changes something; nobody does anything then, and the push is taken to its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import machines
from tests.e2e.house import Answer, House, eventually
from tests.e2e.test_small_disk import inside
from tests.long.box import APP, CHECK, COMMAND, Box
from tests.long.doorkeeper import Doorkeeper
from tests.namespace import namespace

pytestmark = pytest.mark.e2e
# Seconds from "the Engine answers" to live: 5 s and a boot, and room for a busy machine.
BACK_WITHIN = 15.0
BOOT = "0.5"
WITH_VOLUME = {
    "web": {
        "restart": "always",
        "volumes": ["data:/data"],
        "command": ["sh", "-c", COMMAND.replace("$", "$$")],
    }
}
START_FIRST = {
    "web": {"restart": "always", "depends_on": {"api": {"condition": "service_healthy"}}},
    "api": {"restart": "always", "healthcheck": {**CHECK, "interval": "0.2s", "retries": 30}},
}


class Site:
    """A box with a homeport, of which all has one plug."""

    def __init__(self, folder: Path) -> None:
        self._short = Path(tempfile.mkdtemp(prefix="hp-"))
        self.box = Box(folder, alone=False)
        engine = Path(self.box.engine.removeprefix("unix://"))
        self.door = Doorkeeper(self._short / "door", engine)
        settings = {"HOMEPORT_DOCKER_HOST": f"unix://{self.door.path}", "HOMEPORT_DRAIN": "1"}
        self.house = House(folder, {**settings, "HOMEPORT_REGISTRY": "off"})
        self._network, self.is_dark = contextlib.ExitStack(), threading.Event()

    def boot(self) -> float:
        """Turn it on: Engine and daemon start side by side; when the Engine answered."""
        self._network.close()  # interfaces and rules are gone with the power
        self.is_dark.clear()
        self._network.enter_context(inside(self._network.enter_context(namespace()).name))
        self.box.turn_on()
        self.house.launch()
        self.box.await_engine()
        return time.monotonic()

    def cut(self) -> None:
        """Pull the plug."""
        assert self.house.daemon
        for pid in machines.descendants(self.house.daemon.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.box.pull_the_plug()
        self.house.daemon.wait()
        self.is_dark.set()

    def close(self) -> None:
        """Take it away."""
        self.cut()
        self.box.close()
        self.door.close()
        self._short.rmdir()
        self._network.close()


class Pushed:
    """An app of that box, and its versions."""

    def __init__(self, site: Site, services: dict[str, Any], **top: Any) -> None:
        self._site, self.app, self._number = site, site.house.app(), 0
        self._file = {"services": services, **top}
        self.push().wait()
        self.converged()

    def push(self) -> subprocess.Popen[bytes]:
        """Push the next version, meanwhile."""
        self._number += 1
        found = json.loads(json.dumps(self._file))
        for service in found["services"].values():
            service |= {"image": APP, "environment": {"VERSION": self.version, "BOOT": BOOT}}
        found["services"]["web"]["environment"]["VIRTUAL_HOST"] = self.app.host
        self.commit = self.app.commit({"compose.yaml": json.dumps(found)}, self.version)
        argv, quiet = ["git", "push", "-q", self.app.remote, "main"], subprocess.DEVNULL
        return subprocess.Popen(argv, cwd=self.app.folder, stdout=quiet, stderr=quiet)

    @property
    def version(self) -> str:
        """The last that was pushed."""
        return f"v{self._number}"

    def calls(self) -> int:
        """How many calls a whole push makes that change something."""
        self._site.door.arm(0, after=False, strike=lambda: None)
        self.push().wait(60)
        self.converged()
        return self._site.door.count

    def cut_at(self, call: int) -> float:
        """Push, lose the power there, and get it back; seconds from the Engine's answer to live."""
        self._site.door.arm(call, after=True, strike=self._site.cut)
        going, dark = self.push(), self._site.is_dark
        eventually(lambda: self._site.door.count >= call or self.is_done(going))
        if not self._site.door.disarm():  # it made fewer calls this time
            return 0.0
        assert dark.wait(30)
        going.kill()
        going.wait()
        answered = self._site.boot()
        eventually(lambda: self.is_live, tell=self._site.house.ready)
        took = time.monotonic() - answered
        self.converged()
        return took

    def is_done(self, going: subprocess.Popen[bytes]) -> bool:
        """Whether the push is over, and what it replaced is gone."""
        try:
            return going.poll() is not None and self.is_clean()
        except subprocess.CalledProcessError:  # whom it asks has no power any more
            return False

    @property
    def is_live(self) -> bool:
        """Whether visitors see it."""
        return self._site.house.get(self.app.host) == Answer(200, self.version)

    def converged(self) -> None:
        """It is live, its run is closed, the branch is there, and nothing else runs."""
        eventually(lambda: self.is_live, tell=self._site.box.states)
        eventually(self._site.house.ready)
        eventually(lambda: self.app.runs()[0]["state"] == "live", tell=self.app.runs)
        eventually(self.is_clean, tell=self._site.box.states)
        branch = self.app.git("ls-remote", self.app.remote, "refs/heads/main").stdout
        assert self.commit == branch.split()[0]

    def is_clean(self) -> bool:
        """One container of each service, in service."""
        found = {n: s for n, s in self._site.box.states().items() if n.startswith(self.app.name)}
        expected = len(self._file["services"])
        return len(found) == expected and all("." not in name for name in found)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One that runs, with the images."""
    if os.geteuid():
        pytest.skip("an Engine is started by root alone")
    made = Site(tmp_path_factory.mktemp("site"))
    try:
        made.boot()
        made.box.load((APP, "nginx:stable"))
        eventually(made.house.ready)
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("services", [WITH_VOLUME, START_FIRST], ids=["with a volume", "stack"])
def test_after_a_power_cut_at_any_call_a_push_ends_by_itself(
    site: Site, services: dict[str, Any]
) -> None:
    top: dict[str, Any] = {"volumes": {"data": {}}} if services is WITH_VOLUME else {}
    pushed = Pushed(site, services, **top)
    calls = pushed.calls()
    took = [pushed.cut_at(call) for call in range(1, calls + 1)]
    assert calls > 5
    assert len([seconds for seconds in took if seconds]) >= calls - 1
    assert max(took) < BACK_WITHIN, took
    if top:
        assert "two users at once" not in site.box.written(pushed.app.name)
