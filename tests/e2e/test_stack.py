"""`homeport stack`: docker compose's place, with no app, and no daemon needed."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import HOMEPORT, docker


class Stack:
    """A folder with a compose file, and a project of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, f"hpstack-{uuid.uuid4().hex[:6]}"
        self.env = {"HOMEPORT_STATE_DIR": str(folder / "state"), "PATH": "/usr/bin:/bin"}

    def write(self, compose: dict[str, Any], **files: str) -> None:
        """The compose file, and others beside it."""
        (self.folder / "compose.yaml").write_text(json.dumps(compose))
        for name, text in files.items():
            (self.folder / name).write_text(text)

    def homeport(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`homeport stack ...`."""
        return subprocess.run(
            [HOMEPORT, "stack", *arguments, "-p", self.name],
            cwd=self.folder, env=self.env, check=False, capture_output=True, text=True,
        )  # fmt: skip

    def begun(self, *arguments: str) -> subprocess.Popen[str]:
        """The same, under way."""
        return subprocess.Popen(
            [HOMEPORT, "stack", *arguments, "-p", self.name],
            cwd=self.folder, env=self.env, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def up(self) -> str:
        """It goes up; what it said."""
        done = self.homeport("up")
        assert 0 == done.returncode, done.stderr
        return done.stderr


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Taken down at the end, with its volumes."""
    made = Stack(tmp_path)
    yield made
    made.homeport("down", "-v")


def test_a_stack_is_planned_applied_left_alone_and_taken_down(stack: Stack) -> None:
    """What apply does is that plan."""
    stack.write({"services": {"web": {"image": "homeport-test/app"}}})
    planned = [s["action"] for s in json.loads(stack.homeport("plan", "--json").stdout)["steps"]]
    done = [line.split()[1] for line in stack.up().splitlines() if line.startswith("#")]
    assert planned == done
    assert "nothing to do" in stack.homeport("plan").stdout
    (row,) = json.loads(stack.homeport("ps", "--json").stdout)
    assert (f"{stack.name}-web-1", "running") == (row["name"], row["state"])
    stack.homeport("down")
    assert "" == docker("ps", "-aq", "--filter", f"name={stack.name}")
    assert "" == docker("network", "ls", "-q", "--filter", f"name={stack.name}")


def test_a_stack_that_cannot_go_up_is_as_it_was(stack: Stack) -> None:
    """Status 1, the container's last lines, and the old one under its name."""
    stack.write({"services": {"web": {"image": "homeport-test/app"}}})
    stack.up()
    before = docker("ps", "-aq", "--no-trunc", "--filter", f"name={stack.name}")
    crashing = {"image": "homeport-test/app", "environment": {"CRASH": "4"}}
    stack.write({"services": {"web": crashing, "more": {"image": "homeport-test/app"}}})
    done = stack.homeport("up")
    assert 1 == done.returncode
    assert "exited with status 4" in done.stderr
    assert "crashing with status 4" in done.stderr
    assert before == docker("ps", "-aq", "--no-trunc", "--filter", f"name={stack.name}")


def test_secrets_and_configs_reach_the_container(stack: Stack) -> None:
    """By file, by content, and by a variable of .env; changed ones make a new container."""
    service = {
        "image": "homeport-test/app",
        "secrets": ["file", {"source": "variable", "target": "/etc/v", "mode": 0o400}],
        "configs": [{"source": "content", "target": "/etc/c"}],
    }
    compose: dict[str, Any] = {
        "services": {"web": service},
        "secrets": {"file": {"file": "./secret.txt"}, "variable": {"environment": "SECRET"}},
        "configs": {"content": {"content": "price: 5$$ ${SECRET}"}},
    }
    stack.write(compose, **{"secret.txt": "from a file", ".env": "SECRET='a $b c'\n"})
    told = stack.up()
    script = "cat /run/secrets/file; echo; cat /etc/v; echo; cat /etc/c; echo; stat -c %a /etc/v"
    found = docker("exec", f"{stack.name}-web-1", "sh", "-c", script).splitlines()
    assert ["from a file", "a $b c", "price: 5$ a $b c", "400"] == found
    assert "a $b c" not in told
    assert "a $b c" not in stack.homeport("plan", "--json").stdout
    assert "nothing to do" in stack.homeport("plan").stdout
    compose["configs"]["content"]["content"] = "changed"
    stack.write(compose)
    assert "CreateContainer" in stack.homeport("plan").stdout


def test_a_changed_file_that_is_mounted_by_itself_makes_a_new_container(stack: Stack) -> None:
    """A container sees the inode that was there when it was made; a folder it sees as it is."""
    service = {
        "image": "homeport-test/app",
        "volumes": ["./site.conf:/site.conf:ro", ".:/folder:ro"],
        "secrets": ["key"],
    }
    compose = {"services": {"web": service}, "secrets": {"key": {"file": "./key"}}}
    stack.write(compose, **{"site.conf": "one", "key": "a"})
    stack.up()
    for number, (name, text) in enumerate((("site.conf", "two"), ("key", "b")), start=2):
        (stack.folder / "new").write_text(text)
        (stack.folder / "new").rename(stack.folder / name)
        assert "a file that it is given changed" in stack.homeport("plan").stdout
        stack.up()
        path = {"key": "/run/secrets/key"}.get(name, "/site.conf")
        running = f"{stack.name}-web-{2 - number % 2}"
        assert text == docker("exec", running, "cat", path)
    (stack.folder / "more").write_text("seen at once")
    assert "nothing to do" in stack.homeport("plan").stdout


def test_a_key_that_is_not_carried_out_is_named(stack: Stack) -> None:
    """Never dropped silently."""
    service = {"image": "homeport-test/app", "deploy": {"placement": {"max_replicas_per_node": 1}}}
    stack.write({"services": {"web": service}})
    done = stack.homeport("plan")
    assert "warning: services.web.deploy.placement is not carried out" in done.stderr


def test_what_cannot_be_is_refused_with_its_field(stack: Stack) -> None:
    """Status 2, file and field."""
    stack.write({"services": {"web": {"image": "x", "x-homeport": {"order": "sideways"}}}})
    done = stack.homeport("plan")
    assert 2 == done.returncode
    assert "compose.yaml:1: services.web.x-homeport.order: 'sideways' is no order" in done.stderr
    assert 2 == stack.homeport("plan", "-f", "nowhere.yaml").returncode


def test_dependencies_jobs_and_profiles_are_honoured(stack: Stack) -> None:
    """depends_on with its three conditions."""
    sleep = {"image": "busybox:stable", "command": ["sleep", "100"], "stop_grace_period": "0s"}
    healthy = {**sleep, "healthcheck": {"test": "exit 0", "interval": "0.2s"}}
    conditions = {
        "db": {"condition": "service_healthy"},
        "job": {"condition": "service_completed_successfully"},
        "other": {"condition": "service_started"},
    }
    job = {"image": "busybox:stable", "command": ["true"]}
    once = {"image": "busybox:stable", "command": ["true"]}  # nobody waits for it, and it ends well
    debug = {**sleep, "profiles": ["debug"]}
    services = {"web": {**sleep, "depends_on": conditions}, "db": healthy, "job": job}
    stack.write({"services": {**services, "other": sleep, "debug": debug, "once": once}})
    told = stack.up().splitlines()
    order = [i for i, line in enumerate(told) if "AwaitHealthy" in line or "AwaitCompleted" in line]
    created = next(
        i for i, line in enumerate(told) if "CreateContainer" in line and "-web-" in line
    )
    assert 3 <= len([i for i in order if i < created])
    rows = json.loads(stack.homeport("ps", "--json").stdout)
    runs = {"web": "running", "db": "running", "other": "running"}
    assert {**runs, "job": "exited", "once": "exited"} == {r["service"]: r["state"] for r in rows}
    assert "nothing to do" in stack.homeport("plan").stdout


def test_a_service_is_found_by_its_name_only_where_it_is_ready(stack: Stack) -> None:
    """While new replicas boot, callers resolve the old ones; then the new, and compose as ever."""
    check = {"test": "echo > /dev/tcp/127.0.0.1/5000", "interval": "0.2s", "retries": 50}
    check["test"] = ["CMD", "bash", "-c", check["test"]]
    api = {"image": "homeport-test/app", "healthcheck": check, "deploy": {"replicas": 2}}
    web = {"image": "homeport-test/app", "environment": {"API": "http://api:5000"}}
    stack.write({"services": {"api": api, "web": web}})
    stack.up()

    def resolved() -> set[str]:
        lines = docker("exec", f"{stack.name}-web-1", "getent", "ahostsv4", "api").splitlines()
        return {line.split()[0] for line in lines}

    def inside(*numbers: int) -> set[str]:
        form = f'{{{{(index .NetworkSettings.Networks "{stack.name}_default.inside").IPAddress}}}}'
        return {docker("inspect", "-f", form, f"{stack.name}-api-{n}").strip() for n in numbers}

    before = inside(1, 2)
    assert before == resolved()
    stack.write({"services": {"api": {**api, "environment": {"BOOT": "2"}}, "web": web}})
    seen: list[set[str]] = []
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(stack.up)
        while not going.done():
            seen.append(resolved())
    after = inside(3, 4)
    assert after == resolved()
    assert before == seen[0]
    assert all(found <= before | after for found in seen)
    assert "nothing to do" in stack.homeport("plan").stdout


def test_what_runs_of_a_service_whose_profile_is_off_is_left_alone(stack: Stack) -> None:
    """As `docker compose up -d` leaves it: only what the file has no more is taken away."""
    web: dict[str, Any] = {"image": "homeport-test/app"}
    tools = {"image": "homeport-test/app", "profiles": ["debug"], "networks": ["own"]}
    services = {"web": web, "tools": tools}
    stack.write({"services": services, "networks": {"own": {}}})
    command = ["docker", "compose", "-p", stack.name, "--profile", "debug", "up", "-d"]
    subprocess.run(command, cwd=stack.folder, check=True, capture_output=True)
    assert "nothing to do" in stack.homeport("plan").stdout
    web["environment"] = {"VERSION": "2"}
    stack.write({"services": services, "networks": {"own": {}}})
    stack.up()
    states = {c["name"]: c["state"] for c in json.loads(stack.homeport("ps", "--json").stdout)}
    assert {f"{stack.name}-web-2": "running", f"{stack.name}-tools-1": "running"} == states
    stack.write({"services": {"web": web}})
    stack.up()
    assert "tools" not in stack.homeport("ps").stdout
