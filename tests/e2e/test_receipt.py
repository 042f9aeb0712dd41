"""The receipt against the truth: nginx's access log, and a visitor with a clock of his own.

Whoever asks does so only while the new version boots, so that the receipt has to say exactly as
many as there are.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.conftest import started
from tests.e2e.house import App, House, eventually, git_environment

pytestmark = pytest.mark.alone  # seconds are compared

MANY = 300
NEAR = 0.35  # seconds between two clocks: homeport asks five times a second


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A homeport whose nginx writes an access log."""
    yield from started(House(tmp_path_factory.mktemp("logged"), {"HOMEPORT_ACCESS_LOG": "on"}))


@pytest.fixture
def site(logged: House) -> Iterator[App]:
    """An app of that."""
    made = logged.app()
    yield made
    logged.homeport("app", "rm", made.name, "--yes", "--volumes")


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and how long it took."""

    status: int
    body: str
    seconds: float
    at: float


def test_it_counts_each_request_that_was_served_and_none_twice(site: App) -> None:
    release(site, "one")
    pushed = pushing(site, "two", boot="5")
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _n: ask(site), range(MANY)))
    ended(pushed)
    receipt = final(site)
    assert {(200, "one")} == {(one.status, one.body) for one in asked}
    assert [200] * MANY == statuses(site)
    assert (MANY, 0) == served_and_failed(receipt)
    assert receipt["requests"]["longest_pause"] < NEAR


def test_it_counts_each_request_that_the_proxy_answered_in_its_place(site: App) -> None:
    """Held for as long as the file says, which is too short."""
    release(site, "one", state=True, hold=1)
    pushed = pushing(site, "two", boot="5", state=True, hold=1)
    eventually(lambda: ask(site).status == 503)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: ask(site), range(8)))
    ended(pushed)
    receipt = final(site)
    found = statuses(site)
    failed = found.count(503)
    assert failed >= 9
    assert (len(found) - failed, failed) == served_and_failed(receipt)


def test_its_longest_pause_and_the_time_to_live_are_what_somebody_saw(site: App) -> None:
    """Who asks all the time, of a service that stops before its successor starts."""
    release(site, "one", state=True)
    write(site, "two", boot="2", state=True)
    began, asked = time.time(), []
    pushed = push(site)
    while pushed.poll() is None:
        asked.append(ask(site))
        time.sleep(0.02)
    assert {200} == {one.status for one in asked}
    longest = max(one.seconds for one in asked)
    assert longest > 2
    told = float(ended(pushed).partition("longest pause")[2].split()[0])
    receipt = final(site)
    live = next(one.at for one in asked if one.body == "two") - began
    assert -0.2 < live - receipt["push_to_live"] < 5  # git's own time is his alone
    # Asked five times a second: a prober may have come a little earlier than he did.
    assert -0.1 < told - longest < NEAR
    assert -0.1 < receipt["requests"]["longest_pause"] - longest < NEAR


# -- what is done


def release(site: App, version: str, **more: Any) -> None:
    """Push a version, and wait until what it replaced is gone."""
    write(site, version, **more)
    site.push()
    eventually(lambda: len(site.containers()) == 1, tell=site.containers)
    site.house.get(site.host)
    eventually(lambda: statuses(site))  # nginx has written of all that was before
    log_of(site).write_text("")


def write(
    site: App, version: str, *, boot: str = "0", state: bool = False, hold: float | None = None
) -> None:
    """Commit it: one service; with `state` it stops before its successor starts."""
    web: dict[str, Any] = {
        "image": "homeport-test/app",
        "environment": {"VIRTUAL_HOST": site.host, "VERSION": version, "BOOT": boot},
        "deploy": {"update_config": {"monitor": "0s"}},
        "volumes": ["data:/data"] if state else [],
        "x-homeport": {} if hold is None else {"hold": hold},
    }
    site.commit({"compose.yaml": json.dumps({"services": {"web": web}, "volumes": {"data": {}}})})


def pushing(site: App, version: str, **more: Any) -> subprocess.Popen[str]:
    """Push a version that boots for a while; returns when it does."""
    write(site, version, **more)
    pushed = push(site)
    booting = {"web-2.staged": "running"}.items()
    eventually(lambda: booting <= site.containers().items() or pushed.poll() is not None)
    assert pushed.poll() is None, pushed.communicate()
    return pushed


def push(site: App) -> subprocess.Popen[str]:
    """`git push`, under way."""
    return subprocess.Popen(
        ["git", "push", site.remote, "main"],
        cwd=site.folder, env=git_environment(), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(pushed: subprocess.Popen[str]) -> str:
    """What a push that went live said."""
    _, told = pushed.communicate(timeout=60)
    assert 0 == pushed.returncode, told
    return told


def final(site: App) -> dict[str, Any]:
    """The receipt, once nothing is moved any more."""
    site.settled({"web-2": "running"})
    number = str(site.runs()[0]["number"])
    time.sleep(1.5)  # nginx writes its access log once a second
    found: dict[str, Any] = site.house.data("run", "show", number)["receipt"]
    return found


# -- what is seen


def ask(site: App) -> Asked:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", site.house.port, timeout=20)
    began = time.time()
    connection.request("GET", "/", headers={"Host": site.host})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return Asked(response.status, body, time.time() - began, time.time())


def log_of(site: App) -> Any:
    return site.house.state / "proxy" / "run" / "access.json"


def statuses(site: App) -> list[int]:
    """What nginx's access log says that visitors of the site were answered."""
    lines = map(json.loads, log_of(site).read_text().splitlines())
    return [line["status"] for line in lines if line["host"] == site.host]


def served_and_failed(receipt: dict[str, Any]) -> tuple[int, int]:
    """As the receipt has it."""
    found = receipt["requests"]
    return found["served"], found["failed"]
