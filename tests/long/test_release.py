"""homeport's own images, released for every processor to a homeport's registry."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.e2e.conftest import own_house
from tests.e2e.house import App, House, docker, eventually

__all__ = ["own_house"]  # a fixture
ROOT = Path(__file__).parents[2]
MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64", "linux/arm/v7": "armv7l"}
LABEL = "com.docker.compose.project"


def client(house: House, *arguments: str, stdin: str = "") -> str:
    """An unmodified docker with the login of this homeport's tests."""
    argv = ["docker", "--config", house.env["DOCKER_CONFIG"], *arguments]
    return subprocess.run(argv, input=stdin, check=True, capture_output=True, text=True).stdout


def released(app: App, *arguments: str) -> subprocess.CompletedProcess[str]:
    """script/release to the registry of a homeport, under an app's name."""
    address = f"127.0.0.1:{app.house.registry_port}"
    client(app.house, "login", "-u", "me", "--password-stdin", address, stdin=app.token)
    env = {**os.environ, "DOCKER_CONFIG": app.house.env["DOCKER_CONFIG"]}
    argv = [str(ROOT / "script/release"), *arguments, f"{address}/{app.name}", "0.1", "latest"]
    return subprocess.run(argv, env=env, check=False, capture_output=True, text=True)


def test_a_release_is_one_index_for_all_that_serves_on_each(own_house: House) -> None:
    app = own_house.app()
    with untagged_at_the_end(f"127.0.0.1:{own_house.registry_port}/{app.name}"):
        done = released(app, "--images", "homeport-proxy")
        assert done.returncode == 0, done.stderr + done.stdout
        tags = {t["tag"] for t in own_house.data("image", "list", f"{app.name}/homeport-proxy")}
        suffixes = ("", "-amd64", "-arm64", "-arm-v7")
        assert {f"{tag}{suffix}" for tag in ("0.1", "latest") for suffix in suffixes} == tags
        image = f"127.0.0.1:{own_house.registry_port}/{app.name}/homeport-proxy:0.1"
        children = of_index(own_house, image)
        assert set(MACHINES) == set(children)
        for platform, machine in MACHINES.items():
            client(own_house, "pull", "-q", "--platform", platform, image)
            with served(image, platform, app.name) as (port, proxy):
                assert machine == docker("exec", proxy, "uname", "-m").strip()
                eventually(lambda at=port: answer(at) == (200, "one"), seconds=120)  # type: ignore[misc]
                tested = ["docker", "exec", proxy, "nginx", "-t"]
                said = subprocess.run(tested, check=True, capture_output=True, text=True).stderr
                assert "test is successful" in said


def test_one_call_releases_every_image(own_house: House) -> None:
    """Here for the box's own processor, which takes no emulator and a minute."""
    app = own_house.app()
    images = ("homeport", "homeport-proxy", "homeport-gen", "homeport-ddns")
    with untagged_at_the_end(f"127.0.0.1:{own_house.registry_port}/{app.name}"):
        done = released(app, "--platforms", "linux/amd64")
        assert done.returncode == 0, done.stderr + done.stdout
        for image in images:
            tags = {t["tag"] for t in own_house.data("image", "list", f"{app.name}/{image}")}
            assert {"0.1", "0.1-amd64", "latest", "latest-amd64"} == tags
            name = f"127.0.0.1:{own_house.registry_port}/{app.name}/{image}:latest"
            client(own_house, "pull", "-q", name)
            ran = ("run", "--rm", "--network", "none", "--entrypoint", "homeport", name)
            assert docker(*ran, "--version").startswith("homeport, version")


def of_index(house: House, image: str) -> Mapping[str, str]:
    """Platform -> digest, of which both clients say the same."""
    inspected = client(house, "manifest", "inspect", "--insecure", image)
    raw = client(house, "buildx", "imagetools", "inspect", "--raw", image)
    assert _children(json.loads(raw)) == _children(json.loads(inspected))
    return _children(json.loads(raw))


def _children(index: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for child in index["manifests"]:
        platform = child["platform"]
        name = f"{platform['os']}/{platform['architecture']}/{platform.get('variant', '')}"
        found[name.rstrip("/").replace("arm64/v8", "arm64")] = child["digest"]
    return found


@contextlib.contextmanager
def served(image: str, platform: str, name: str) -> Iterator[tuple[int, str]]:
    """The proxy of a platform, in nginx-proxy's place, before a site: its port and its name."""
    proxy, site, network = f"{name}-release-proxy", f"{name}-release-site", f"{name}-release"
    ours = ["--label", f"{LABEL}={network}", "--label", f"homeport.instance={network}"]
    try:
        docker("network", "create", network)
        here = ["run", "-d", "--network", network, *ours]
        app = ["-e", "VIRTUAL_HOST=a.example", "-e", "VERSION=one", "homeport-test/app:latest"]
        docker(*here, "--name", site, *app)
        door = ["-v", "/var/run/docker.sock:/tmp/docker.sock:ro", "-p", "127.0.0.1::80"]
        only = ["-e", f"DOCKER_CONTAINER_FILTERS=label={LABEL}={network}"]
        docker(*here, "--name", proxy, "--platform", platform, *door, *only, image)
        port = re.search(r":(\d+)", docker("port", proxy, "80"))
        assert port
        yield int(port[1]), proxy
    finally:
        for each in (proxy, site):
            subprocess.run(["docker", "rm", "-fv", each], check=False, capture_output=True)
        subprocess.run(["docker", "network", "rm", network], check=False, capture_output=True)


def answer(port: int) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": "a.example"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


@contextlib.contextmanager
def untagged_at_the_end(prefix: str) -> Iterator[None]:
    """What was built stays as cache; what a registry that is no more knew does not."""
    try:
        yield
    finally:
        names = docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
        for name in filter(lambda one: one.startswith(prefix), names):
            subprocess.run(["docker", "rmi", name], check=False, capture_output=True)
