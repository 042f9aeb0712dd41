"""What a person does with what runs: look, go back, scale, try again, take away."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import DOCKERFILE, HOMEPORT, Answer, App, House, docker, eventually


def test_a_rollback_needs_no_build_and_can_be_rolled_back(app: App) -> None:
    """By the images that are kept."""
    app.live("one")
    app.live("two")
    told = app.house.homeport("rollback", app.name).stdout
    assert "build" not in told
    assert Answer(200, "one") == app.house.get(app.host)
    app.house.homeport("rollback", app.name)
    assert Answer(200, "two") == app.house.get(app.host)
    app.house.homeport("rollback", app.name, "--to", "1")
    assert Answer(200, "one") == app.house.get(app.host)
    current = {r["number"]: r["current"] for r in app.house.data("releases", app.name)}
    assert {1: True, 2: False} == current


def test_a_rollback_to_what_is_not_there_is_refused(app: App) -> None:
    """With what could be meant."""
    done = app.house.homeport("rollback", app.name, check=False)
    assert 2 == done.returncode
    assert "has no earlier release" in done.stderr
    app.live("one")
    done = app.house.homeport("rollback", app.name, "--to", "9", check=False)
    assert 2 == done.returncode
    assert "has no release 9" in done.stderr


def test_scaling_adds_replicas_that_nginx_balances_over_and_takes_them_away(app: App) -> None:
    """And a push keeps their number."""
    app.live("one")
    app.house.homeport("scale", app.name, "web=3")
    app.settled({"web-1": "running", "web-2": "running", "web-3": "running"})
    (route,) = [r for r in app.house.data("status")["routes"] if r["host"] == app.host]
    assert 3 == len(route["upstreams"])
    app.live("two")
    eventually(lambda: 3 == len(app.containers()), tell=app.containers)
    app.house.homeport("scale", app.name, "web=1")
    eventually(lambda: 1 == len(app.containers()), tell=app.containers)
    assert Answer(200, "two") == app.house.get(app.host)


def test_scaling_what_is_not_there_or_not_a_number_is_refused(app: App) -> None:
    """Status 2, and the services that there are."""
    app.live("one")
    done = app.house.homeport("scale", app.name, "worker=2", check=False)
    assert (2, True) == (done.returncode, "it has web" in done.stderr)
    assert 2 == app.house.homeport("scale", app.name, "web=many", check=False).returncode


def test_the_log_of_a_run_is_what_the_push_showed(app: App) -> None:
    """And the run itself carries the receipt."""
    app.version("one")
    told = app.push().stderr
    (run,) = app.runs()
    log = app.house.homeport("run", "logs", str(run["number"])).stdout
    shown = [
        line.removeprefix("remote: ").rstrip() for line in told.splitlines() if "remote: " in line
    ]
    # A push waits for its images for a moment only; the log goes on.
    shown = [line for line in shown if "are being published" not in line]
    assert [line.rstrip() for line in log.splitlines()][: len(shown)] == shown
    receipt = app.house.data("run", "show", str(run["number"]))["receipt"]
    assert ([f"{app.name}-web-1"], []) == (receipt["started"], receipt["replaced"])


def test_a_run_that_failed_can_be_tried_again(app: App) -> None:
    """`run retry`: the commit was kept although the push was refused."""
    flag = app.house.folder / f"{app.name}.flag"
    mount = {"type": "bind", "source": str(flag), "target": "/flag"}
    command = ["sh", "-c", "test -s /flag && exec python3 -u -I /server.py; exit 5"]
    service = {
        "image": "homeport-test/app",
        "command": command,
        "volumes": [mount],
        "environment": {"VIRTUAL_HOST": app.host, "VERSION": "again"},
    }
    flag.write_text("")
    app.commit({"compose.yaml": json.dumps({"services": {"web": service}})})
    assert "exited with status 5" in app.push(check=False).stderr
    flag.write_text("ready")
    (run,) = app.runs()
    app.house.homeport("run", "retry", str(run["number"]))
    assert Answer(200, "again") == app.house.get(app.host)


def test_a_run_that_is_cancelled_changes_nothing(app: App) -> None:
    """While it builds."""
    app.live("one")
    app.version("two", "RUN sleep 60\n")
    push = subprocess.Popen(
        ["git", "push", app.remote, "main"],
        cwd=app.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    eventually(lambda: app.runs()[0]["state"] == "running")
    number = str(app.runs()[0]["number"])
    eventually(lambda: "RUN sleep 60" in app.house.homeport("run", "logs", number).stdout)
    app.house.homeport("run", "cancel", number)
    _, told = push.communicate(timeout=30)
    assert 1 == push.returncode
    assert "cancelled" in told
    assert Answer(200, "one") == app.house.get(app.host)
    done = app.house.homeport("run", "cancel", number, check=False)
    assert "is cancelled already" in done.stderr


def test_logs_show_every_replica_by_name_and_follow(app: App) -> None:
    """What containers print."""
    app.live("one")
    app.house.homeport("scale", app.name, "web=2")
    told = app.house.homeport("logs", app.name).stdout
    for number in (1, 2):
        assert f"{app.name}-web-{number} | one listens on 5000\n" in told
    argv = [str(HOMEPORT), "logs", app.name, "web", "-f"]
    with subprocess.Popen(argv, env=app.house.env, stdout=subprocess.PIPE, text=True) as follow:
        assert follow.stdout
        app.house.get(app.host, "/status/418")
        line = next(line for line in follow.stdout if "/status/418" in line)
        assert line.startswith(f"{app.name}-web-")
        follow.kill()


def test_status_names_the_routes_and_what_is_wrong_with_them(app: App) -> None:
    """For people, and as data."""
    app.live("one")
    told = app.house.homeport("status").stdout
    assert app.host in told
    docker("stop", "-t", "0", f"{app.name}-web-1")
    eventually(lambda: 503 == app.house.get(app.host).status)
    (route,) = [r for r in app.house.data("status")["routes"] if r["host"] == app.host]
    assert [] == route["upstreams"]
    assert "has nobody to answer" in app.house.get(app.host).body
    docker("start", f"{app.name}-web-1")
    eventually(lambda: Answer(200, "one") == app.house.get(app.host))


def test_events_tell_what_happened_and_go_on_where_one_stopped(app: App) -> None:
    """`--json` is one event a line; ids go up."""
    app.live("one")
    lines = app.house.homeport("events", "--app", app.name, "--json").stdout.splitlines()
    found = [json.loads(line) for line in lines]
    kinds = [event["event"] for event in found]
    for kind in ("AppCreated", "RunQueued", "ImageBuilt", "ReleaseMade", "WentLive"):
        assert kind in kinds
    ids = [event["id"] for event in found]
    assert sorted(ids) == ids


def test_removing_an_app_leaves_nothing_of_it(house: House) -> None:
    """Containers, networks, volumes, images, repository, checkout, logs; and its host is free."""
    app = house.app()
    compose: dict[str, Any] = {
        "services": {"web": {"build": ".", "volumes": ["data:/data"],
                             "environment": {"VIRTUAL_HOST": app.host}}},
        "volumes": {"data": {}},
    }  # fmt: skip
    dockerfile = DOCKERFILE.format(version="one", more="")
    app.commit({"Dockerfile": dockerfile, "compose.yaml": json.dumps(compose)})
    app.push()
    house.homeport("app", "rm", app.name, "--yes", "--volumes")
    label = f"label=com.docker.compose.project={app.name}"
    left = [
        docker("ps", "-aq", "--filter", label),
        docker("network", "ls", "-q", "--filter", label),
        docker("volume", "ls", "-q", "--filter", label),
        docker("image", "ls", "-q", "--filter", f"reference={app.name}-*"),
    ]
    assert ["", "", "", ""] == left
    eventually(lambda: not [path for path in house.state.rglob("*") if app.name in path.name])
    eventually(lambda: "No site has this name" in house.get(app.host).body)
    other = house.app()
    compose["services"]["web"]["environment"]["VIRTUAL_HOST"] = app.host
    other.commit({"Dockerfile": dockerfile, "compose.yaml": json.dumps(compose)})
    other.push()
    assert Answer(200, "one") == house.get(app.host)
    house.homeport("app", "rm", other.name, "--yes", "--volumes")


def test_removing_an_app_keeps_its_volumes_unless_asked(house: House) -> None:
    """Data is never taken away by the way."""
    app = house.app()
    compose = {
        "services": {"web": {"image": "homeport-test/app", "volumes": ["data:/data"]}},
        "volumes": {"data": {}},
    }
    app.commit({"compose.yaml": json.dumps(compose)})
    app.push()
    house.homeport("app", "rm", app.name, "--yes")
    assert f"{app.name}_data" == docker(
        "volume", "ls", "--format", "{{.Name}}", "--filter", f"name={app.name}_data"
    ).strip()  # fmt: skip
    docker("volume", "rm", f"{app.name}_data")


def test_an_app_is_not_removed_unasked(app: App) -> None:
    """Without a terminal, --yes has to be said."""
    done = app.house.homeport("app", "rm", app.name, check=False)
    assert (2, True) == (done.returncode, "hint: --yes" in done.stderr)


def test_doctor_finds_a_healthy_box_healthy_and_says_so(house: House) -> None:
    """Each finding with what was looked at."""
    done = house.homeport("doctor", check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Engine" in done.stdout


def test_an_app_that_is_not_there_is_named_with_those_that_are(house: House) -> None:
    """Status 2."""
    done = house.homeport("app", "show", "nobody", check=False)
    assert 2 == done.returncode
    assert re.search(r"error: there is no app nobody\nhint: apps: ", done.stderr)


def test_without_a_daemon_each_command_says_how_to_start_it(house: House) -> None:
    """Status 3."""
    env = {**house.env, "HOMEPORT_STATE_DIR": str(house.folder / "nowhere")}
    for command in (["status"], ["app", "list"], ["runs", "x"], ["logs", "x"]):
        done = subprocess.run(
            [HOMEPORT, *command], env=env, check=False, capture_output=True, text=True
        )
        assert 3 == done.returncode
        assert "hint: homeport up --detach" in done.stderr


def test_a_second_daemon_for_the_same_state_is_refused(house: House) -> None:
    """The lock of the state folder."""
    done = house.homeport("up", check=False)
    assert 2 == done.returncode
    assert "homeport runs already" in done.stderr


@pytest.mark.alone
def test_commands_start_quickly(house: House) -> None:
    """Generous bounds; script/bench has the figures."""
    env = {k: v for k, v in house.env.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([HOMEPORT, "--help"], env=env, check=True, capture_output=True)
    began = time.monotonic()
    subprocess.run([HOMEPORT, "--help"], env=env, check=True, capture_output=True)
    assert time.monotonic() - began < 5
    assert sys.version_info >= (3, 11)


def test_a_scale_that_waits_for_a_push_scales_what_that_made_live(app: App) -> None:
    """Not the release that was live when it was asked for."""
    app.live("one")
    app.version("two", "ENV BOOT=1.5\n")
    push = subprocess.Popen(
        ["git", "push", "-q", app.remote, "main"], cwd=app.folder, stderr=subprocess.DEVNULL
    )
    eventually(lambda: app.runs()[0]["state"] == "running" and len(app.runs()) == 2)
    app.house.homeport("scale", app.name, "web=2")
    push.wait(timeout=30)
    assert Answer(200, "two") == app.house.get(app.host)
    app.settled({"web-1": "running", "web-2": "running"})


def test_a_port_that_is_taken_is_told_at_once(house: House, tmp_path: Path) -> None:
    """`up --detach` ends with status 3, and leaves nothing running."""
    other = House(tmp_path, {"HOMEPORT_HTTP_PORT": str(house.port)})
    try:
        done = other.homeport("up", "--detach", check=False)
        assert 3 == done.returncode
        assert f"port {house.port}/tcp of this machine: container homeport-" in done.stderr
        assert "hint: HOMEPORT_HTTP_PORT" in done.stderr
        eventually(lambda: other.homeport("status", check=False).returncode == 3)
    finally:
        other.stop()
