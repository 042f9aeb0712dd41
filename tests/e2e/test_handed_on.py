"""What one service gives up and another takes: a volume, a port, a name. It has one user."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import Answer, App, docker, eventually, free_port
from tests.e2e.test_stack import Stack
from tests.e2e.visitors import visitors

SLEEPS = {"image": "busybox:stable", "command": ["sleep", "1000"], "stop_grace_period": "0s"}
# It ends at once where somebody else has the volume.
ALONE = {
    "image": "homeport-test/app",
    "command": ["flock", "-n", "/d/lock", "sleep", "1000"],
    "stop_grace_period": "0s",
    "volumes": ["data:/d"],
}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Taken down at the end, with its volumes."""
    made = Stack(tmp_path)
    yield made
    made.homeport("down", "-v")


def running(stack: Stack) -> dict[str, str]:
    """Container -> service."""
    found = docker(
        "ps", "-a", "--filter", f"name={stack.name}",
        "--format", '{{.Names}} {{.Label "com.docker.compose.service"}}',
    )  # fmt: skip
    return dict(line.split() for line in found.splitlines())


def moves(stack: Stack, before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    """From these services to those, and nothing is left to do; the containers."""
    for services in (before, after):
        stack.write({"services": services, "volumes": {"data": {}}})
        stack.up()
    assert "nothing to do" in stack.homeport("plan").stdout
    return running(stack)


def test_a_service_that_is_called_otherwise_keeps_its_volume_its_port_and_its_name(
    stack: Stack,
) -> None:
    """Its old container makes way before the new one starts."""
    name, port = f"{stack.name}-x", f"127.0.0.1:{free_port()}:80"
    one = {**ALONE, "ports": [port], "container_name": name}
    assert {name: "database"} == moves(stack, {"db": one}, {"database": one})


def test_one_that_is_called_otherwise_and_fails_leaves_the_old_one(stack: Stack) -> None:
    stack.write({"services": {"db": ALONE}, "volumes": {"data": {}}})
    stack.up()
    before = docker("ps", "-q", "--no-trunc", "--filter", f"name={stack.name}")
    fails = {**ALONE, "command": ["sh", "-c", "exit 3"]}
    stack.write({"services": {"database": fails}, "volumes": {"data": {}}})
    done = stack.homeport("up")
    assert (1, True) == (done.returncode, "exited with status 3" in done.stderr), done.stderr
    assert before == docker("ps", "-q", "--no-trunc", "--filter", f"name={stack.name}")
    assert {f"{stack.name}-db-1": "db"} == running(stack)


def address(text: str) -> dict[str, Any]:
    """A service's networks, with that address of its own."""
    return {"default": {"ipv4_address": text}}


@pytest.mark.parametrize("kind", ["ports", "container_name", "networks"])
def test_what_two_services_have_changes_places(stack: Stack, kind: str) -> None:
    """Ports of the host, names of containers, addresses in a network."""
    first, second = free_port(), free_port()
    net = f"10.213.{first % 250}"
    values: dict[str, tuple[Any, Any]] = {
        "ports": ([f"127.0.0.1:{first}:80"], [f"127.0.0.1:{second}:80"]),
        "container_name": (f"{stack.name}-x", f"{stack.name}-y"),
        "networks": (address(f"{net}.8"), address(f"{net}.9")),
    }
    one, other = ({**SLEEPS, kind: value} for value in values[kind])
    pool = {"ipam": {"config": [{"subnet": f"{net}.0/24"}]}}
    for services in ({"a": one, "b": other}, {"a": other, "b": one}):
        stack.write({"services": services, "networks": {"default": pool}})
        stack.up()
    assert "nothing to do" in stack.homeport("plan").stdout
    assert 2 == len(running(stack))


def test_a_volume_and_a_port_move_to_another_service(stack: Stack) -> None:
    one = {**ALONE, "ports": [f"127.0.0.1:{free_port()}:80"]}
    found = moves(stack, {"a": one, "b": SLEEPS}, {"a": SLEEPS, "b": one})
    assert ["a", "b"] == sorted(found.values())


def test_nobody_is_left_without_an_answer_when_a_site_is_called_otherwise(app: App) -> None:
    """Its requests in flight finish, too: it is drained as a replica that is replaced."""
    site = {"image": "homeport-test/app", "environment": {"VIRTUAL_HOST": app.host, "VERSION": "1"}}
    app.commit({"compose.yaml": json.dumps({"services": {"web": site}})}, "one")
    app.push()
    slow: list[Answer] = []
    asks = threading.Thread(target=lambda: slow.append(app.house.get(app.host, "/slow?s=3")))
    with visitors(app.house.port, app.host) as visits:
        eventually(lambda: visits.count > 10)
        asks.start()
        app.commit({"compose.yaml": json.dumps({"services": {"www": site}})}, "two")
        app.push()
        app.settled({"www-1": "running"})
        asks.join()
    assert ([], 200) == (visits.failures, slow[0].status)
