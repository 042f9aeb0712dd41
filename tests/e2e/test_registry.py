"""The registry: unmodified docker clients push to it and pull from it."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import started
from tests.e2e.house import App, House, docker, eventually
from tests.e2e.registry import Client, answered, basic, client, fetched, published

__all__ = ["client"]  # a fixture
pytestmark = [pytest.mark.engine, pytest.mark.e2e]


def test_docker_logs_in_pushes_and_pulls(app: App, client: Client) -> None:
    assert "not known, or was revoked" in client.login("hp_wrong").stderr
    assert client.login(app.token).returncode == 0
    pushed = client.push(f"{app.name}/tools:1.0")
    assert pushed.returncode == 0, pushed.stderr
    again = client.push(f"{app.name}/tools:2.0")
    assert "Layer already exists" in again.stdout
    # A layer that another repository has is not sent again.
    assert "Mounted from" in client.push(f"{app.name}/other:1.0").stdout
    assert client.pull(f"{app.name}/tools:1.0").returncode == 0
    tags = {t["tag"] for t in app.house.data("image", "list", f"{app.name}/tools")}
    assert tags == {"1.0", "2.0"}


def test_imagetools_makes_an_index_of_images_of_two_repositories(app: App, client: Client) -> None:
    """The unmodified client mounts what the other repository has."""
    client.login(app.token)
    assert client.push(f"{app.name}/tools:1").returncode == 0
    assert client.push(f"{app.name}:1", "homeport-test/app:latest").returncode == 0
    sources = [f"{client.address}/{name}" for name in (f"{app.name}:1", f"{app.name}/tools:1")]
    whole = f"{client.address}/{app.name}:both"
    made = client.docker("buildx", "imagetools", "create", "-t", whole, *sources)
    assert made.returncode == 0, made.stderr
    shown = json.loads(client.docker("manifest", "inspect", "--insecure", whole).stdout)
    tags = [
        app.house.data("image", "show", name)["digest"]
        for name in (f"{app.name}:1", f"{app.name}/tools:1")
    ]
    assert sorted(tags) == sorted(child["digest"] for child in shown["manifests"])
    assert client.pull(f"{app.name}:both").returncode == 0


def test_nobody_pulls_without_a_token_but_what_is_public(app: App, client: Client) -> None:
    client.login(app.token)
    assert client.push(f"{app.name}:latest").returncode == 0
    client.docker("logout", client.address)
    refused = client.pull(f"{app.name}:latest")
    assert "pull on" in refused.stderr, refused.stderr
    app.house.homeport("app", "set", app.name, "public=true")
    assert client.pull(f"{app.name}:latest").returncode == 0
    assert client.push(f"{app.name}:mine").returncode != 0


def test_a_limited_token_does_what_it_was_made_for_and_ends_when_it_is_revoked(
    app: App, client: Client
) -> None:
    house = app.house
    name = f"ci-{app.name}"
    token = house.data("token", "create", name, "--access", f"{app.name}=push")["token"]
    assert client.login(token).returncode == 0
    assert client.push(f"{app.name}:latest").returncode == 0
    refused = client.push("another/app:latest")
    assert refused.returncode != 0
    assert "on another/app is not granted" in refused.stdout + refused.stderr
    # It is a password for the registry, and for nothing else.
    assert fetched(house, "/api/apps", Authorization=f"Bearer {token}")[0] == 401
    house.homeport("token", "revoke", name)
    assert client.push(f"{app.name}:again").returncode != 0


def test_a_protected_tag_is_never_moved(app: App, client: Client) -> None:
    app.house.homeport("app", "set", app.name, "protected=v*,stable")
    client.login(app.token)
    assert client.push(f"{app.name}:v1").returncode == 0
    moved = client.push(f"{app.name}:v1", "homeport-test/app:latest")
    assert moved.returncode != 0
    assert "tag v1 is protected" in moved.stdout + moved.stderr
    assert client.push(f"{app.name}:edge").returncode == 0


def test_a_protected_tag_is_not_taken_away_by_a_digest_either(app: App, client: Client) -> None:
    app.house.homeport("app", "set", app.name, "protected=v*")
    client.login(app.token)
    assert client.push(f"{app.name}:v1").returncode == 0
    assert client.push(f"{app.name}:edge", "homeport-test/app:latest").returncode == 0
    tags = {t["tag"]: t["digest"] for t in app.house.data("image", "list", app.name)}
    address = f"http://{client.address}/v2/{app.name}"

    def removed(path: str) -> int:
        request = urllib.request.Request(f"{address}/{path}", method="DELETE", headers=basic(app))
        return answered(request)[0]

    kind = {"Accept": "application/vnd.docker.distribution.manifest.v2+json", **basic(app)}
    manifest = urllib.request.Request(f"{address}/manifests/v1", headers=kind)
    layer = json.loads(answered(manifest)[1])["layers"][0]["digest"]
    assert removed(f"manifests/{tags['v1']}") == 403
    assert removed(f"blobs/{layer}") == 403
    assert removed(f"manifests/{tags['edge']}") == 202
    assert client.pull(f"{app.name}:v1").returncode == 0


def test_a_tag_of_homeports_own_is_nobody_elses(app: App, client: Client) -> None:
    """It would be taken away as what a build left behind."""
    client.login(app.token)
    refused = client.push(f"{app.name}:homeport-staged-1-amd64")
    assert refused.returncode != 0
    assert "is kept for homeport itself" in refused.stdout + refused.stderr


def test_a_signature_stays_while_what_it_signs_does(app: App, client: Client) -> None:
    """As cosign names it; what it is does not matter to the registry."""
    client.login(app.token)
    assert client.push(f"{app.name}:v1").returncode == 0
    (tag,) = app.house.data("image", "list", app.name)
    signature = f"{app.name}:{tag['digest'].replace(':', '-')}.sig"
    assert client.push(signature, "homeport-test/app:latest").returncode == 0
    folder = app.house.state / "proxy" / "run"  # the registry is closed while it is collected
    before = folder.stat().st_mtime

    def collected() -> bool:
        app.house.homeport("image", "prune")
        return folder.stat().st_mtime > before

    eventually(collected, seconds=60)
    assert client.pull(signature).returncode == 0


@pytest.mark.parametrize("name", ["Upper/case", "a..b", "x" * 300, "a//b", "-a"])
def test_a_name_that_cannot_be_is_refused(house: House, app: App, name: str) -> None:
    path = f"http://127.0.0.1:{house.registry_port}/v2/{name}/manifests/latest"
    request = urllib.request.Request(path, method="PUT", data=b"{}")
    status, body = answered(request)
    assert status == 403
    (error,) = json.loads(body)["errors"]
    assert "no image can be called that: names are of lower-case letters" in error["message"]


def test_a_manifest_whose_blobs_are_missing_is_refused(house: House, app: App) -> None:
    blob = {"mediaType": "application/octet-stream", "size": 3, "digest": f"sha256:{'a' * 64}"}
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": blob, "layers": [blob]}
    token = json.loads(
        fetched(house, f"/registry/token?scope=repository:{app.name}:pull,push", **basic(app))[1]
    )["token"]
    request = urllib.request.Request(
        f"http://127.0.0.1:{house.registry_port}/v2/{app.name}/manifests/latest",
        method="PUT",
        data=json.dumps(manifest).encode(),
        headers={"Content-Type": kind, "Authorization": f"Bearer {token}"},
    )
    status, body = answered(request)
    assert status in (400, 404)
    assert "MANIFEST_BLOB_UNKNOWN" in body


def test_layers_that_another_app_has_are_not_sent_again(house: House, app: App) -> None:
    app.version("1")
    app.push()
    eventually(published(app, "latest"), seconds=60)
    other = house.app()
    other.version("2")
    other.push()
    eventually(published(other, "latest"), seconds=60)
    log = house.homeport("run", "logs", str(other.runs()[0]["number"])).stdout
    assert "Mounted from" in log
    assert not re.search(r"[0-9a-f]{12} Pushed", log)
    house.homeport("app", "rm", other.name, "--yes")


def test_pulls_go_on_and_writes_are_told_to_wait_while_garbage_is_collected(
    app: App, client: Client
) -> None:
    client.login(app.token)
    assert client.push(f"{app.name}:latest").returncode == 0
    flag = app.house.state / "proxy" / "run" / "registry-closed"
    flag.touch()
    try:
        assert client.pull(f"{app.name}:latest").returncode == 0
        url = f"http://{client.address}/v2/{app.name}/blobs/uploads/"
        status, body = answered(urllib.request.Request(url, method="POST", headers=basic(app)))
        assert status == 503
        assert "try again" in body
    finally:
        flag.unlink()
    assert client.push(f"{app.name}:again").returncode == 0


def test_the_registry_that_dies_comes_back_with_all_that_it_had(app: App, client: Client) -> None:
    house = app.house
    client.login(app.token)
    assert client.push(f"{app.name}:latest").returncode == 0
    name = docker("ps", "--format", "{{.Names}}", "--filter", f"publish={house.port}").strip()
    docker("rm", "-f", name.replace("-nginx", "-registry"))
    # Sites do not notice, and the registry is made again.
    eventually(lambda: client.pull(f"{app.name}:latest").returncode == 0, seconds=30)
    assert client.push(f"{app.name}:again").returncode == 0


@pytest.fixture
def named(tmp_path: Path) -> Iterator[House]:
    """A homeport that other machines reach under a name."""
    yield from started(House(tmp_path, {"HOMEPORT_HOST": "localhost"}))


def test_the_registry_has_the_name_of_homeport_itself(named: House, tmp_path: Path) -> None:
    app = named.app()
    client = Client(named, tmp_path / "client")
    client.address = f"localhost:{named.port}"  # the proxy's port, as from another machine
    assert client.login(app.token).returncode == 0
    pushed = client.push(f"{app.name}:latest")
    assert pushed.returncode == 0, pushed.stderr
    assert client.pull(f"{app.name}:latest").returncode == 0
    client.clean()
