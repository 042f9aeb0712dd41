"""Images built elsewhere: an app follows the tag, and goes back from one that is no good."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import App, House, docker, eventually
from tests.e2e.registry import Client, client

__all__ = ["client"]  # a fixture

COMPOSE = """\
services:
  web:
    image: {image}
    environment: {{VIRTUAL_HOST: "{host}", VIRTUAL_PORT: 5000}}
    x-homeport: {{watch: true, deadline: 4s}}
"""


def release(client: Client, name: str, version: str, folder: Path, more: str = "") -> None:
    """Push the next version of an image from another machine, as it were."""
    (folder / "Dockerfile").write_text(
        f"FROM homeport-test/app:latest\nENV VERSION={version}\n{more}"
    )
    docker("build", "-q", "-t", f"{name}-source", str(folder))
    assert client.push(name, f"{name}-source").returncode == 0
    client.names.add(f"{name}-source")


def test_an_app_follows_its_image_and_back(app: App, client: Client, tmp_path: Path) -> None:
    house = app.house
    # On a real box this is another registry; here the login makes it one.
    login = ("registry", "login", client.address, "-u", "me", "--password-stdin")
    refused = house.homeport(*login, stdin="hp_wrong", check=False)
    assert refused.returncode == 2
    assert "hp_wrong" not in refused.stderr
    house.homeport(*login, stdin=app.token)
    client.login(app.token)
    name = f"elsewhere/{app.name}:stable"
    release(client, name, "1", tmp_path)
    app.commit({"compose.yaml": COMPOSE.format(image=f"{client.address}/{name}", host=app.host)})
    app.push()
    assert house.get(app.host).body == "1"
    assert "@sha256:" in docker("inspect", "-f", "{{.Config.Image}}", f"{app.name}-web-1")
    # Its own registry tells at once; another is asked every quarter of an hour.
    release(client, name, "2", tmp_path)
    eventually(lambda: house.get(app.host).body == "2", seconds=40)
    eventually(lambda: app.runs()[0]["state"] == "live")
    assert app.runs()[0]["kind"] == "watch"
    # One that does not get ready changes nothing, and is not tried again.
    release(client, name, "3", tmp_path, 'CMD ["sleep", "60"]\n')
    eventually(lambda: app.runs()[0]["state"] == "failed", seconds=60)
    assert house.get(app.host).body == "2"
    count = len(app.runs())
    house.homeport("rollback", app.name)
    assert house.get(app.host).body == "1"
    assert len(app.runs()) == count + 1
    # To look where a tag is, is no pull; what went live was pulled by its digest.
    assert house.data("image", "show", name)["pulls"] == 0


REGISTRY = """\
version: 0.1
storage: {filesystem: {rootdirectory: /var/lib/registry}}
http: {addr: ":5000"}
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """The address of another registry, which tells homeport nothing."""
    name = f"homeport-elsewhere-{uuid.uuid4().hex[:8]}"
    (tmp_path / "registry.yml").write_text(REGISTRY)
    mount = f"{tmp_path}/registry.yml:/etc/docker/registry/config.yml:ro"
    docker("run", "-d", "--name", name, "-p", "127.0.0.1::5000", "-v", mount, "registry:2")
    try:
        yield docker("port", name, "5000").split()[0]
    finally:
        docker("rm", "-fv", name)


def test_docker_hubs_webhook_lets_an_app_follow_at_once(
    app: App, elsewhere: str, tmp_path: Path
) -> None:
    house, image = app.house, f"{elsewhere}/{app.name}:stable"
    folder = tmp_path / "image"
    folder.mkdir()

    def pushed(version: str) -> None:
        text = f"FROM homeport-test/app:latest\nENV VERSION={version}\n"
        (folder / "Dockerfile").write_text(text)
        docker("build", "-q", "-t", image, str(folder))
        docker("push", "-q", image)
        docker("rmi", image)

    pushed("1")
    app.commit({"compose.yaml": COMPOSE.format(image=image, host=app.host)})
    app.push()
    assert house.get(app.host).body == "1"
    pushed("2")
    hook = house.data("app", "hook", app.name)["docker_hub"]
    told = {"push_data": {"tag": "stable", "pusher": "me"}, "repository": {"repo_name": app.name}}
    body = json.dumps(told).encode()
    kind = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(hook, body, kind), timeout=10) as answer:
        assert answer.status == 202
    eventually(lambda: house.get(app.host).body == "2", seconds=40)
    eventually(lambda: app.runs()[0]["state"] == "live")
    assert app.runs()[0]["kind"] == "watch"


@pytest.mark.parametrize("value", ["sometimes", "3"])
def test_watch_is_true_or_false(house: House, app: App, value: str) -> None:
    text = COMPOSE.format(image="x", host=app.host).replace("watch: true", f"watch: {value}")
    app.commit({"compose.yaml": text})
    pushed = app.push(check=False)
    assert "services.web.x-homeport.watch: is neither true nor false" in pushed.stderr


def test_an_app_is_built_again_when_its_base_moves(
    app: App, client: Client, tmp_path: Path
) -> None:
    house = app.house
    login = ("registry", "login", client.address, "-u", "me", "--password-stdin")
    house.homeport(*login, stdin=app.token)
    client.login(app.token)
    name = f"elsewhere/{app.name}-base:stable"
    release(client, name, "1", tmp_path)
    compose = (
        "x-homeport: {rebuild: true}\nservices:\n  web:\n    build: .\n"
        f"    environment: {{VIRTUAL_HOST: '{app.host}', VIRTUAL_PORT: 5000}}\n"
    )
    dockerfile = f"FROM {client.address}/{name}\nENV STATUS=200\n"
    app.commit({"compose.yaml": compose, "Dockerfile": dockerfile})
    app.push()
    assert house.get(app.host).body == "1"
    eventually(lambda: house.data("image", "list", app.name))
    release(client, name, "2", tmp_path)
    eventually(lambda: house.get(app.host).body == "2", seconds=60)
    assert any(e["event"] == "BaseMoved" for e in events(house, app.name))


def events(house: House, app: str) -> list[dict[str, Any]]:
    lines = house.homeport("events", "--app", app, "--json").stdout.splitlines()
    return [json.loads(line) for line in lines]
