"""`homeport stack` with what cannot be, and beside a daemon: nothing is stopped for nothing."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import HOMEPORT, Answer, House, docker, eventually
from tests.e2e.test_stack import Stack
from tests.e2e.visitors import visitors

APP = "homeport-test/app"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Taken down at the end, with its volumes."""
    made = Stack(tmp_path)
    yield made
    made.homeport("down", "-v")


def ids(stack: Stack) -> str:
    """Its containers, by id."""
    return docker("ps", "-aq", "--no-trunc", "--filter", f"name={stack.name}")


def refused(stack: Stack, status: int, said: str) -> None:
    """`up` fails with this, and nothing has changed."""
    before = ids(stack)
    done = stack.homeport("up")
    assert (status, True) == (done.returncode, said in done.stderr), done.stderr
    assert before == ids(stack)


def test_a_port_that_a_program_has_is_found_before_anything_stops(stack: Stack) -> None:
    """The service would be stopped first, since it has a fixed port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        stack.write({"services": {"web": {"image": APP}}})
        stack.up()
        stack.write({"services": {"web": {"image": APP, "ports": [f"127.0.0.1:{port}:5000"]}}})
        refused(stack, 2, f"port {port}/tcp of this machine: a program of this machine has it")
    stack.up()
    again = {"image": APP, "ports": [f"127.0.0.1:{port}:5000"], "environment": {"VERSION": "2"}}
    stack.write({"services": {"web": again}})
    stack.up()  # its own port is handed on


def free_ports(count: int) -> int:
    """The first of so many that nobody has."""
    while True:
        with contextlib.ExitStack() as exits:
            first = exits.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            with contextlib.suppress(OSError):
                for port in range(first + 1, first + count):
                    exits.enter_context(socket.create_server(("127.0.0.1", port)))
                return int(first)


@contextlib.contextmanager
def held(kind: socket.SocketKind, address: str) -> Iterator[int]:
    """A port that a program has."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as one:
        if family is socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, 0))
        if kind is socket.SOCK_STREAM:
            one.listen()
        yield one.getsockname()[1]


UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM


@pytest.mark.parametrize(
    ("kind", "address", "published", "status"),
    [
        (UDP, "127.0.0.1", "127.0.0.1:PORT:53/udp", 2),
        (UDP, "127.0.0.1", "127.0.0.1:PORT:5000", 0),
        (TCP, "::1", "[::1]:PORT:5000", 2),
        (TCP, "::1", "127.0.0.1:PORT:5000", 0),
        (TCP, "127.0.0.1", "192.0.2.1:PORT:5000", 2),
    ],
)
def test_only_a_port_that_cannot_be_had_is_refused(
    stack: Stack, kind: socket.SocketKind, address: str, published: str, status: int
) -> None:
    """By protocol, family and address, as the kernel sees it."""
    stack.write({"services": {"web": {"image": APP}}})
    stack.up()
    with held(kind, address) as port:
        ports = [published.replace("PORT", str(port))]
        stack.write({"services": {"web": {"image": APP, "ports": ports}}})
        if status:
            refused(stack, status, f"{port}/{'udp' if kind is UDP else 'tcp'} of this machine: ")
        else:
            stack.up()


def test_a_range_with_a_port_for_each_replica_is_updated(stack: Stack) -> None:
    """There is none for its successor: one makes way after the other, and one always answers."""
    first = free_ports(2)
    web: dict[str, Any] = {"image": APP, "scale": 2}
    web["ports"] = [f"127.0.0.1:{first}-{first + 1}:5000"]
    for version in ("1", "2"):
        stack.write({"services": {"web": {**web, "environment": {"VERSION": version}}}})
        stack.up()
    urls = [f"http://127.0.0.1:{port}/" for port in (first, first + 1)]
    assert ["2", "2"] == [urllib.request.urlopen(url).read().decode() for url in urls]


def test_replicas_that_want_one_port_stop_nothing(stack: Stack) -> None:
    """The first would have been stopped for the second, which could not start."""
    web: dict[str, Any] = {"image": APP, "ports": [f"127.0.0.1:{free_ports(1)}:5000"]}
    stack.write({"services": {"web": web}})
    stack.up()
    stack.write({"services": {"web": {**web, "scale": 2, "environment": {"A": "1"}}}})
    refused(stack, 2, "services.web: one of its 2 replicas can have")
    assert "can have" in stack.homeport("plan").stderr


def test_an_image_that_cannot_be_pulled_leaves_all_as_it_is(stack: Stack) -> None:
    """Pulled first, before anything is started or stopped."""
    stack.write({"services": {"web": {"image": APP}}})
    stack.up()
    gone = {"image": "127.0.0.1:1/nobody/nothing:1"}
    stack.write({"services": {"web": {"image": APP, "environment": {"A": "1"}}, "new": gone}})
    refused(stack, 1, "image 127.0.0.1:1/nobody/nothing:1 could not be pulled")


def test_what_pull_policy_says_is_done_before_anything_is_touched(stack: Stack) -> None:
    """`always` asks the registry also for what is here; `never` does not for what is not."""
    stack.write({"services": {"web": {"image": APP}}})
    stack.up()
    always = {"image": f"127.0.0.1:1/{stack.name}:1", "pull_policy": "always"}
    docker("tag", f"{APP}:latest", always["image"])
    try:
        stack.write({"services": {"web": always}})
        assert f"{always['image']}: `up` asks its registry first" in stack.homeport("plan").stderr
        refused(stack, 1, f"image {always['image']} could not be pulled")
    finally:
        docker("rmi", always["image"])
    stack.write({"services": {"web": {**always, "pull_policy": "never"}}})
    refused(stack, 2, f"web needs image {always['image']}, which is not here")


@pytest.mark.parametrize(
    "image", ["UPPER/case:x", "a b", "x@sha256:short", "a" * 300, "..", "https://e.org/a", "x:"]
)
def test_a_name_that_no_image_can_have_is_refused_with_its_line(stack: Stack, image: str) -> None:
    """Before the images of other services are pulled, and anything is made."""
    stack.write({})
    text = f'services:\n  new:\n    image: 127.0.0.1:1/a:1\n  web:\n    image: "{image}"\n'
    (stack.folder / "compose.yaml").write_text(text)
    refused(stack, 2, "error: compose.yaml:5: services.web.image: ")
    done = stack.homeport("plan")
    assert (2, "") == (done.returncode, done.stdout)
    assert "\nhint: " in done.stderr


def test_waiting_for_health_without_a_healthcheck_and_a_circle_are_refused(stack: Stack) -> None:
    healthy = {"web": {"condition": "service_healthy"}}
    waits = {"image": APP, "depends_on": healthy}
    stack.write({"services": {"web": {"image": APP}, "waits": waits}})
    refused(stack, 2, "waits waits until web is healthy, but that has no healthcheck")
    one, two = ({"image": APP, "depends_on": [other]} for other in ("two", "one"))
    stack.write({"services": {"one": one, "two": two}})
    assert 2 == stack.homeport("up").returncode


def test_a_replica_that_the_kernel_kills_for_memory_is_told(stack: Stack) -> None:
    """Not as an exit like another. The Engine is not told of one that ends as soon as it begins."""
    eats = ["python3", "-c", "import time; time.sleep(.2); a = bytearray(1 << 28); time.sleep(9)"]
    stack.write({"services": {"web": {"image": APP, "command": eats, "mem_limit": "32m"}}})
    done = stack.homeport("up")
    assert 1 == done.returncode
    assert "was killed for want of memory" in done.stderr
    assert "" == ids(stack)


def test_a_project_that_docker_compose_made_elsewhere_is_left_alone(
    stack: Stack, tmp_path: Path
) -> None:
    """In the same folder it is adopted."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "compose.yaml").write_text(json.dumps({"services": {"web": {"image": APP}}}))
    command = ["docker", "compose", "-p", stack.name, "--project-directory", str(elsewhere)]
    command += ["-f", str(elsewhere / "compose.yaml")]
    subprocess.run([*command, "up", "-d"], check=True, capture_output=True)
    stack.write({"services": {"web": {"image": APP, "environment": {"A": "1"}}}})
    refused(stack, 2, f"was made by docker compose in {elsewhere}")
    subprocess.run([*command, "down"], check=True, capture_output=True)


def test_a_project_of_another_folder_of_that_name_is_left_alone(
    stack: Stack, tmp_path: Path
) -> None:
    """Two folders `site` are two projects, unless somebody says that they are one, or it moved."""

    def run(folder: Path, *arguments: str, command: str = "up") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HOMEPORT, "stack", command, *arguments],
            cwd=folder, env=stack.env, check=False, capture_output=True, text=True,
        )  # fmt: skip

    here, there = (tmp_path / place / stack.name for place in ("here", "there"))
    for folder, service in ((here, "one"), (there, "two")):
        folder.mkdir(parents=True)
        (folder / "compose.yaml").write_text(json.dumps({"services": {service: {"image": APP}}}))
    assert 0 == run(here).returncode
    before = ids(stack)
    for command in ("up", "down"):
        done = run(there, command=command)
        assert (2, True) == (done.returncode, f"was made in {here}" in done.stderr), done.stderr
        assert f"-p {stack.name}" in done.stderr
        assert before == ids(stack)
    moved = here.rename(tmp_path / "moved").rename(tmp_path / stack.name)
    assert 0 == run(moved).returncode
    assert before == ids(stack)
    assert 0 == run(there, "-p", stack.name).returncode
    assert {"two-1"} == names(stack)
    assert 0 == run(moved, "-p", stack.name, command="down").returncode
    assert set() == names(stack)


def test_of_two_at_once_one_moves_and_the_other_is_told(stack: Stack) -> None:
    """The kernel lets go of the lock when its holder dies: nobody has to."""
    stack.write({"services": {"web": {"image": APP, "environment": {"BOOT": "1"}}}})
    done: list[subprocess.CompletedProcess[str]] = []

    def go_up() -> None:
        done.append(stack.homeport("up"))

    threads = [threading.Thread(target=go_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [0, 2] == sorted(d.returncode for d in done)
    (told,) = [d.stderr for d in done if d.returncode]
    assert "another process moves project" in told


def test_a_file_that_changes_meanwhile_is_told(stack: Stack) -> None:
    """What was read is what runs."""
    first = {"services": {"web": {"image": APP, "environment": {"BOOT": "1"}}}}
    stack.write(first)
    going = stack.begun("up")
    eventually(lambda: f"{stack.name}-web-1.staged" in docker("ps", "--format", "{{.Names}}"))
    stack.write({"services": {"web": {"image": APP, "environment": {"BOOT": "0"}}}})
    _, told = going.communicate()
    assert (0, True) == (going.returncode, "the compose file changed meanwhile" in told)
    stack.write(first)
    assert "nothing to do" in stack.homeport("plan").stdout


def test_after_a_kill_a_version_that_fails_leaves_the_old_one_running(stack: Stack) -> None:
    """The first attempt had stopped it for a successor that never came."""
    web: dict[str, Any] = {"image": APP, "volumes": ["data:/data"], "environment": {"VERSION": "1"}}
    file = {"services": {"web": web}, "volumes": {"data": {}}}
    stack.write(file)
    stack.up()
    before = ids(stack)
    web["environment"] = {"VERSION": "2", "BOOT": "0.3", "CRASH": "4"}
    stack.write(file)
    going = stack.begun("up")
    eventually(lambda: names(stack) >= {"web-1.yielding", "web-2.staged"})
    eventually(lambda: "Exited" in docker("ps", "-a", "--filter", f"id={before.strip()}"))
    going.kill()
    going.communicate()
    done = stack.homeport("up")
    assert (1, True) == (done.returncode, "exited with status 4" in done.stderr)
    assert (before, {"web-1"}) == (ids(stack), names(stack))
    assert ["running"] == [c["state"] for c in json.loads(stack.homeport("ps", "--json").stdout)]


def stateful(stack: Stack, version: str, boot: str = "0") -> None:
    """A stack whose service stops before its successor starts, which takes that long."""
    environment = {"VERSION": version, "BOOT": boot, "VIRTUAL_PORT": "5000"}
    web = {"image": APP, "volumes": ["data:/data"], "environment": environment}
    check = {"test": ["CMD", "true"], "interval": "1s"}
    stack.write({"services": {"web": {**web, "healthcheck": check}}, "volumes": {"data": {}}})


def half_way(stack: Stack) -> subprocess.Popen[str]:
    """`stack up`, at the moment at which the old one has stopped and no new one is ready."""
    going = stack.begun("up")
    eventually(lambda: "Exited" in docker("ps", "-a", "--filter", f"name={stack.name}-web-1.y"))
    return going


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_that_is_interrupted_goes_back_first(stack: Stack, number: signal.Signals) -> None:
    """The service had stopped for its successor; nobody would have started it again."""
    stateful(stack, "1")
    stack.up()
    before = ids(stack)
    stateful(stack, "2")
    going = half_way(stack)
    going.send_signal(number)
    _, told = going.communicate()
    assert (130, True) == (going.returncode, "interrupted: what ran before comes back" in told)
    assert (before, {"web-1"}) == (ids(stack), names(stack))
    assert ["running"] == [c["state"] for c in json.loads(stack.homeport("ps", "--json").stdout)]


def test_one_that_is_interrupted_twice_ends_at_once_and_the_next_goes_on(stack: Stack) -> None:
    """In the middle of going back: it says so in a sentence."""
    stateful(stack, "1")
    stack.up()
    stateful(stack, "2")
    going = half_way(stack)
    assert going.stderr
    going.send_signal(signal.SIGINT)
    while "comes back" not in going.stderr.readline():
        assert going.poll() is None
    going.send_signal(signal.SIGINT)
    _, told = going.communicate()
    assert (130, False) == (going.returncode, "Traceback" in told), told
    assert "interrupted again: what is half done stands" in told
    stack.up()
    assert 1 == len(names(stack))
    assert "nothing to do" in stack.homeport("plan").stdout


def test_one_whose_terminal_is_gone_goes_on(stack: Stack) -> None:
    """A lost client changes nothing."""
    stateful(stack, "1")
    stack.up()
    stateful(stack, "2")
    going = half_way(stack)
    going.send_signal(signal.SIGHUP)
    assert going.stderr
    going.stderr.close()
    assert 0 == going.wait()
    assert {"web-2"} == names(stack)


def test_one_that_is_interrupted_when_it_is_live_clears_up_first(stack: Stack) -> None:
    """It is looked at for a minute; nobody wants to wait for that."""
    web: dict[str, Any] = {"image": APP, "deploy": {"update_config": {"monitor": "60s"}}}
    stack.write({"services": {"web": {"image": APP}}})
    stack.up()
    stack.write({"services": {"web": web | {"environment": {"VERSION": "2"}}}})
    going = stack.begun("up")
    eventually(lambda: names(stack) >= {"web-2"})
    going.send_signal(signal.SIGINT)
    _, told = going.communicate()
    assert (130, True) == (going.returncode, "interrupted: it is live" in told)
    assert {"web-2"} == names(stack)


def test_a_service_that_is_worse_and_stays_ends_the_look_at_no_other(stack: Stack) -> None:
    """Each in its own time: the third fails when nobody looks at it any more."""

    def worker(lives: str, monitor: str, action: str = "rollback") -> dict[str, Any]:
        update = {"monitor": monitor, "failure_action": action}
        environment = {"LIVES": lives}
        return {"image": APP, "environment": environment, "deploy": {"update_config": update}}

    stack.write({"services": {key: {"image": APP} for key in ("stays", "late", "brief")}})
    stack.up()
    before = ids(stack)
    stays, late = worker("2", "20s", "continue"), worker("6", "20s")
    stack.write({"services": {"stays": stays, "late": late, "brief": worker("3", "100ms")}})
    done = stack.homeport("up")
    assert 1 == done.returncode
    told = [line for line in done.stderr.splitlines() if "new replicas of" in line]
    assert ["warning: 1 of 1 new replicas of stays", "error: 1 of 1 new replicas of late"] == [
        line.partition(" failed")[0] for line in told
    ]
    assert before == ids(stack)


def names(stack: Stack) -> set[str]:
    """Its containers, without the project's name."""
    rows = json.loads(stack.homeport("ps", "--json").stdout)
    return {row["name"].removeprefix(f"{stack.name}-") for row in rows}


def networks(stack: Stack) -> set[str]:
    """The networks of its project."""
    wanted = f"label=com.docker.compose.project={stack.name}"
    return set(docker("network", "ls", "--filter", wanted, "--format", "{{.Name}}").split())


# -- beside a daemon


@pytest.fixture
def beside(house: House, tmp_path: Path) -> Iterator[Stack]:
    """A stack of the state folder that a daemon has."""
    yield from beside_daemon(house, tmp_path)


def beside_daemon(house: House, folder: Path) -> Iterator[Stack]:
    """A stack, with commands that ask that daemon; taken down at the end."""
    made = Stack(folder)

    def homeport(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HOMEPORT, "stack", *arguments, "-p", made.name],
            cwd=made.folder, env=house.env, check=False, capture_output=True, text=True,
        )  # fmt: skip

    made.homeport, made.env = homeport, dict(house.env)  # type: ignore[method-assign]
    yield made
    homeport("down", "-v")


def site(stack: Stack, version: str, **values: Any) -> dict[str, Any]:
    """A stack of one routed service."""
    environment = {"VIRTUAL_HOST": f"{stack.name}.localhost", "VERSION": version}
    web = {"image": APP, "environment": environment, **values}
    return {"services": {"web": web}, "volumes": {"data": {}}}


@pytest.mark.alone
def test_beside_a_daemon_it_is_the_daemon_that_moves_the_stack(beside: Stack, house: House) -> None:
    """Its events tell; visitors lose nothing, also where it stops first."""
    host = f"{beside.name}.localhost"
    beside.write(site(beside, "one", volumes=["data:/data"]))
    assert "CreateContainer" in beside.homeport("plan").stdout
    beside.up()
    with visitors(house.port, host) as visits:
        beside.write(site(beside, "two", volumes=["data:/data"]))
        assert "pause: about boot" in beside.homeport("plan").stderr
        told = beside.up()
    assert "AwaitRouted" in told
    assert [] == visits.failures
    assert {"one", "two"} == visits.bodies
    lines = house.homeport("events", "--json").stdout.splitlines()
    assert beside.name in {json.loads(line).get("project") for line in lines}
    assert 0 == beside.homeport("down", "-v").returncode
    assert "" == ids(beside)


def test_beside_a_daemon_nothing_is_left_of_what_docker_compose_takes_down(beside: Stack) -> None:
    """Compose takes the networks of its file; the further one is the daemon's to take away."""
    web = {"image": APP, "environment": {"API": "http://api:5000"}}
    beside.write({"services": {"web": web, "api": {"image": APP}}})
    beside.up()
    further = f"{beside.name}_default.inside"
    assert {f"{beside.name}_default", further} == networks(beside)
    command = ["docker", "compose", "-p", beside.name, "-f", str(beside.folder / "compose.yaml")]
    subprocess.run([*command, "down"], check=True, capture_output=True)
    eventually(lambda: not networks(beside), seconds=15, tell=lambda: networks(beside))


def test_beside_a_daemon_what_fails_is_told_the_same(beside: Stack, house: House) -> None:
    """Message, last lines, hint and status."""
    beside.write(site(beside, "one"))
    beside.up()
    crashing = site(beside, "two")
    crashing["services"]["web"]["environment"]["CRASH"] = "4"
    beside.write(crashing)
    done = beside.homeport("up")
    assert 1 == done.returncode
    assert "exited with status 4" in done.stderr
    assert "crashing with status 4" in done.stderr
    assert Answer(200, "one") == house.get(f"{beside.name}.localhost")


def test_beside_a_daemon_one_that_turns_out_worse_goes_back(beside: Stack, house: House) -> None:
    """The file asks that it is looked at; until it has, what it replaces is kept."""
    policy = {"update_config": {"monitor": "20s"}}
    beside.write(site(beside, "one", deploy=policy))
    beside.up()
    before = ids(beside)
    worse = site(beside, "two", deploy=policy, restart="always")
    worse["services"]["web"]["environment"]["LIVES"] = "1"
    beside.write(worse)
    done = beside.homeport("up")
    assert 1 == done.returncode
    assert "1 of 1 new replicas of web failed: " in done.stderr
    assert Answer(200, "one") == house.get(f"{beside.name}.localhost")
    assert before == ids(beside)


def test_beside_a_daemon_the_receipt_tells_what_visitors_met(beside: Stack, house: House) -> None:
    """When it was live, what replaced what, requests and the longest pause."""
    beside.write(site(beside, "one"))
    beside.up()
    with visitors(house.port, f"{beside.name}.localhost"):
        beside.write(site(beside, "two"))
        lines = [line.split(maxsplit=1)[0] for line in beside.up().splitlines()[-3:]]
        assert ["live", "replaced", "meanwhile"] == lines


def test_a_daemon_that_is_killed_in_the_middle_goes_on_when_it_starts(
    own_house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nobody has to say it again; and whoever asked is told that it did not end well."""
    for stack in beside_daemon(own_house, tmp_path_factory.mktemp("stack")):
        stack.write(site(stack, "one"))
        stack.up()
        later = site(stack, "two")
        later["services"]["web"]["environment"]["BOOT"] = "2"
        stack.write(later)
        going = stack.begun("up")
        eventually(lambda s=stack: "web-2.staged" in names(s))  # type: ignore[misc]
        own_house.kill()
        _, told = going.communicate()
        assert (3, True) == (going.returncode, "homeport ended in the middle of it" in told)
        own_house.start()
        host = f"{stack.name}.localhost"
        eventually(lambda h=host: own_house.get(h).body == "two")  # type: ignore[misc]
        eventually(lambda s=stack: names(s) == {"web-2"})  # type: ignore[misc]


def test_an_app_is_no_project_for_stack_up(beside: Stack, house: House) -> None:
    """It is moved by pushes."""
    house.homeport("app", "create", beside.name)
    beside.write(site(beside, "one"))
    done = beside.homeport("up")
    house.homeport("app", "rm", beside.name, "--yes")
    assert (2, True) == (done.returncode, "is an app of this homeport" in done.stderr)
