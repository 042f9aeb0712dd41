"""A real nginx looks for the flags of holding and counting while homeport rings, and only then."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from homeport.model.route import Route
from homeport.proxy.bell import Bell
from homeport.proxy.nginx import Nginx
from homeport.proxy.render import LOUD
from tests.engine.nginx_lab import Answer, Lab, docker, started
from tests.fake_engine import FakeDocker

pytestmark = pytest.mark.engine
HOST = "bell.org"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with started(tmp_path_factory.mktemp("bell")) as found:
        found.serve(Route(host=HOST, owner="a", upstreams=(found.app("1"),)))
        (found.folder / "run" / "access.log").touch()
        (found.folder / "run" / "access.log").chmod(0o666)
        yield found


@pytest.fixture
def nginx(lab: Lab) -> Nginx:
    return Nginx(FakeDocker(), lab.name, lab.folder)


def counted(lab: Lab) -> int:
    """The requests in the log, when nginx has written it."""
    time.sleep(0.3)
    return len((lab.folder / "run" / "access.log").read_text().splitlines())


async def test_requests_are_counted_where_the_flag_stands_and_somebody_rings(
    lab: Lab, nginx: Nginx
) -> None:
    bell, flag = Bell(nginx.status_socket), lab.folder / "run" / "counting"
    flag.touch()
    lab.get(HOST)
    before = counted(lab)
    bell.ring("test")
    await nginx.heard()
    answers = [lab.get(HOST).status for _ in range(3)]
    during = counted(lab)
    flag.unlink()
    lab.get(HOST)
    bell.rest("test")
    assert ([200] * 3, [0, 3, 3]) == (answers, [before, during, counted(lab)])


async def test_workers_of_before_hear_it_too(lab: Lab, nginx: Nginx) -> None:
    """A request on a connection that was kept open over a reload goes to one of them."""
    bell, flag = Bell(nginx.status_socket), lab.folder / "run" / "counting"
    before = counted(lab)
    with socket.create_connection((lab.address, 80), timeout=10) as kept:
        ask(kept)
        lab.serve(Route(host=HOST, owner="a", upstreams=(lab.app("2"),)))
        flag.touch()
        bell.ring("test")
        await nginx.heard()
        assert b"200 OK" in ask(kept)
    flag.unlink()
    bell.rest("test")
    assert before + 1 == counted(lab)


async def test_it_is_heard_at_once_and_no_longer_than_it_rings(lab: Lab, nginx: Nginx) -> None:
    bell, began = Bell(nginx.status_socket), time.monotonic()
    bell.ring("test")
    await nginx.heard()
    heard = time.monotonic() - began
    bell.rest("test")
    quiet = time.monotonic() + 2
    while await nginx.is_watching() and time.monotonic() < quiet:
        bell.silence()
    assert (True, False) == (heard < 0.5, await nginx.is_watching())


def test_visitors_who_are_slow_cost_a_look_and_no_answer(lab: Lab) -> None:
    """As many as ring it: others are answered as ever."""
    with ExitStack() as slow:
        for _ in range(2 * LOUD):
            one = slow.enter_context(socket.create_connection((lab.address, 80), timeout=10))
            one.sendall(b"GET / HT")
        time.sleep(0.1)
        answer = lab.get(HOST)
    assert Answer(200, answer.body) == answer


def ask(kept: socket.socket) -> bytes:
    """One request on a connection that stays open: the head of its answer."""
    kept.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    return kept.recv(65536)


async def test_nginx_ends_at_once_when_it_is_silent(tmp_path: Path) -> None:
    """Else its workers wait for the rest of what half of was sent, until they are killed."""
    with started(tmp_path) as own:
        own.serve(Route(host=HOST, owner="a", upstreams=(own.app("1"),)))
        nginx = Nginx(FakeDocker(), own.name, own.folder)
        bell = Bell(nginx.status_socket)
        bell.ring("test")
        await nginx.heard()
        bell.silence()
        docker("stop", "-t", "20", own.name)
        assert "0\n" == docker("inspect", "-f", "{{.State.ExitCode}}", own.name)  # 137: killed
