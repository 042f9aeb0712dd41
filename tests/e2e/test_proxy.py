"""What nginx serves: any container that asks for a host; nothing is dropped when that changes."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.house import Answer, App, House, docker, eventually, git_environment
from tests.e2e.visitors import visitors


@pytest.fixture
def run(house: House) -> Iterator[list[str]]:
    """Containers that a test started itself, taken away at the end."""
    names: list[str] = []
    yield names
    for name in names:
        docker("rm", "-f", "-v", name)


def start(house: House, run: list[str], name: str, *options: str, **environment: str) -> str:
    """A plain `docker run` of the test's application; its host is NAME.localhost."""
    full = f"plain-{house.port}-{name}"
    found = {"VIRTUAL_HOST": f"{full}.localhost", "VERSION": name, **environment}
    env = [part for key, value in found.items() for part in ("-e", f"{key}={value}")]
    label = ("--label", f"homeport.instance={instance(house)}")
    docker("run", "-d", "--name", full, *label, *env, *options, "homeport-test/app")
    run.append(full)
    return f"{full}.localhost"


def instance(house: House) -> str:
    """Several homeports share this Engine: a label says whose a container is."""
    names = docker("ps", "--format", "{{.Names}}", "--filter", f"publish={house.port}")
    return names.strip().removeprefix("homeport-").removesuffix("-nginx")


def test_a_container_of_a_plain_docker_run_is_routed_while_it_runs(
    house: House, run: list[str]
) -> None:
    """Like nginx-proxy: no compose file, no app."""
    host = start(house, run, "one")
    eventually(lambda: house.get(host) == Answer(200, "one"))
    docker("stop", "-t", "0", run[0])
    eventually(lambda: house.get(host).status == 503)


def test_one_that_is_stopped_by_hand_gets_no_requests_while_it_ends(
    house: House, run: list[str]
) -> None:
    """Whatever its stop signal is: httpd's is WINCH, which this application does not heed."""
    project = ("--label", f"com.docker.compose.project=plain-{house.port}")  # whose the host is
    host = start(house, run, "going", *project, "--stop-signal", "SIGWINCH")
    start(house, run, "staying", *project, VIRTUAL_HOST=host)

    def answering() -> set[str]:
        return {house.get(host).body for _ in range(6)}

    eventually(lambda: answering() == {"going", "staying"})
    with subprocess.Popen(["docker", "stop", "-t", "20", run[0]], stdout=subprocess.PIPE) as stop:
        eventually(lambda: answering() == {"staying"}, seconds=10)
        assert "true" == docker("inspect", "-f", "{{.State.Running}}", run[0]).strip()
        docker("kill", run[0])
        stop.wait()


def test_a_container_is_routed_when_it_answers_and_not_before(house: House, run: list[str]) -> None:
    """Its port has to accept."""
    host = start(house, run, "late", BOOT="1.5")
    statuses: set[int] = set()

    def ready() -> bool:
        statuses.add(house.get(host).status)
        return 200 in statuses

    eventually(ready)
    assert {503, 200} >= statuses  # and no 502


def test_hosts_in_a_list_a_path_and_a_port_are_honoured(house: House, run: list[str]) -> None:
    """VIRTUAL_HOST, VIRTUAL_PATH, VIRTUAL_PORT."""
    a, b = f"a-{house.port}.localhost", f"b-{house.port}.localhost"
    start(house, run, "root", VIRTUAL_HOST=f"{a}, {b}", VIRTUAL_PORT="8000", PORT="8000")
    network = ("--network", "bridge")
    start(house, run, "api", *network, VIRTUAL_HOST=a, VIRTUAL_PATH="/env/")
    for host in (a, b):
        eventually(lambda h=host: house.get(h) == Answer(200, "root"))  # type: ignore[misc]
    # Another owner of the same host is refused, and says so.
    said = [{"container": run[1], "reason": f"{a} belongs to {run[0]}"}]
    eventually(lambda: _refusals(house, run[1]) == said)


def test_who_is_refused_is_told_though_nothing_changes_for_nginx(
    house: House, run: list[str]
) -> None:
    many = ",".join(f"n{number}.example.org" for number in range(101))
    start(house, run, "many", VIRTUAL_HOST=many)
    said = f"route of {run[0]} refused: VIRTUAL_HOST names 101 hosts, 100 are possible"
    eventually(lambda: said in house.homeport("events").stdout)


def _refusals(house: House, container: str) -> list[dict[str, str]]:
    found = [r for r in house.data("status")["refusals"] if r["container"] == container]
    return [{key: r[key] for key in ("container", "reason")} for r in found]


def test_a_wish_that_cannot_be_hurts_its_container_alone(house: House, run: list[str]) -> None:
    """Nothing of it reaches nginx."""
    host = start(house, run, "good")
    start(house, run, "bad", VIRTUAL_HOST="x.org; } server { listen 81; ", VIRTUAL_PORT="80;")
    eventually(lambda: house.get(host) == Answer(200, "good"))
    eventually(lambda: [r for r in house.data("status")["refusals"] if r["container"] == run[1]])
    (found,) = [r for r in house.data("status")["refusals"] if r["container"] == run[1]]
    assert "is no host name" in found["reason"]


def test_a_websocket_passes(app: App) -> None:
    """Upgrade, a frame there and back."""
    app.live("one")
    with socket.create_connection(("127.0.0.1", app.house.port), timeout=10) as connection:
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /ws HTTP/1.1\r\nHost: {app.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        connection.sendall(head.encode())
        stream = connection.makefile("rb")
        assert b"HTTP/1.1 101 Switching Protocols\r\n" == stream.readline()
        while stream.readline().strip():
            pass
        connection.sendall(b"\x81\x85" + bytes(4) + b"hello")
        assert b"\x81\x05hello" == stream.read(7)


def test_a_request_carries_who_asked_and_for_what(app: App) -> None:
    """The headers that nginx-proxy sets."""
    app.live("one")
    told = app.house.get(app.host, "/headers").body
    for line in (f"X-Forwarded-Host: {app.host}", "X-Forwarded-Proto: http", "X-Real-IP: "):
        assert line in told


@pytest.mark.alone
def test_redeploys_scaling_and_a_second_app_drop_nothing(app: App) -> None:
    """Busy connections, new ones, and one that is kept and used once a second."""
    app.live("v0")
    with visitors(app.house.port, app.host) as visits:
        for number in range(1, 4):
            app.live(f"v{number}")
        app.house.homeport("scale", app.name, "web=3")
        app.house.homeport("scale", app.name, "web=1")
        other = app.house.app()
        other.live("other")
        app.house.homeport("app", "rm", other.name, "--yes")
        app.house.homeport("rollback", app.name, "--to", "1")
        eventually(lambda: len(app.containers()) == 1, tell=app.containers)
    assert [] == visits.failures
    assert visits.count > 300
    assert {"v0", "v1", "v2", "v3"} == visits.bodies


@pytest.mark.alone
def test_a_request_in_flight_ends_on_the_old_version(app: App) -> None:
    """The old one is drained before it is stopped."""
    app.live("one")
    slow = subprocess.Popen(
        ["curl", "-s", "-H", f"Host: {app.host}", f"http://127.0.0.1:{app.house.port}/slow?s=2"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    app.live("two")
    assert "one" == slow.communicate(timeout=20)[0]
    app.settled({"web-2": "running"})


@pytest.mark.alone
def test_a_request_that_takes_long_outlives_what_happens_to_other_sites(
    house: House, run: list[str]
) -> None:
    """A reload retires the worker that has it; the drain is for those that leave."""
    host = start(house, run, "long")
    eventually(lambda: house.get(host) == Answer(200, "long"))
    slow = subprocess.Popen(
        ["curl", "-s", "-H", f"Host: {host}", f"http://127.0.0.1:{house.port}/slow?s=14"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    other = start(house, run, "other")
    eventually(lambda: house.get(other) == Answer(200, "other"))
    assert "long" == slow.communicate(timeout=30)[0]


def test_a_push_from_another_machine_goes_through_the_proxy(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Under HOMEPORT_HOST, with the token, streamed as at home."""
    house = House(tmp_path_factory.mktemp("elsewhere"), {"HOMEPORT_HOST": "ci.localhost"})
    try:
        house.start()
        app = house.app()
        app.version("one")
        url = f"http://git:{app.token}@127.0.0.1:{house.port}/git/{app.name}.git"
        argv = ["git", "-c", "http.extraHeader=Host: ci.localhost", "push", url, "main"]
        done = subprocess.run(
            argv, cwd=app.folder, env=git_environment(), check=False, capture_output=True, text=True
        )
        assert 0 == done.returncode, done.stderr
        assert "Live after" in done.stderr
        assert Answer(200, "one") == house.get(app.host)
        assert 401 == house.get("ci.localhost", "/api/apps").status
        told = house.homeport("app", "show", app.name, "--json").stdout
        assert app.name in json.loads(told)["url"]
    finally:
        house.stop()
