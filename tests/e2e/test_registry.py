"""The registry: unmodified docker clients push to it and pull from it, and pushes are published."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import started
from tests.e2e.house import DOCKERFILE, App, House, docker, eventually

pytestmark = [pytest.mark.engine, pytest.mark.e2e]


@pytest.fixture
def client(house: House, tmp_path: Path) -> Iterator[Client]:
    """A docker client with a login of its own."""
    made = Client(house, tmp_path / "docker")
    yield made
    made.clean()


class Client:
    """`docker` with a configuration of its own, and the registry's address."""

    def __init__(self, house: House, config: Path) -> None:
        self.config, self.address = config, f"127.0.0.1:{house.registry_port}"
        self.names: set[str] = set()

    def docker(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        argv = ["docker", "--config", str(self.config), *arguments]
        return subprocess.run(
            argv, check=False, capture_output=True, text=True, input=stdin, timeout=120
        )

    def login(self, token: str) -> subprocess.CompletedProcess[str]:
        return self.docker("login", "-u", "me", "--password-stdin", self.address, stdin=token)

    def push(self, name: str, image: str = "busybox:stable") -> subprocess.CompletedProcess[str]:
        reference = f"{self.address}/{name}"
        docker("tag", image, reference)
        self.names.add(reference)
        return self.docker("push", reference)

    def pull(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        reference = f"{self.address}/{name}"
        self.names.add(reference)
        return self.docker("pull", "-q", *options, reference)

    def clean(self) -> None:
        for name in self.names:
            subprocess.run(["docker", "rmi", name], check=False, capture_output=True)


def published(app: App, tag: str) -> Callable[[], bool]:
    """Whether a tag of the app's image is in the registry."""

    def there() -> bool:
        return tag in {t["tag"] for t in app.house.data("image", "list", app.name)}

    return there


def fetched(house: House, path: str, **headers: str) -> tuple[int, str]:
    """An answer of the API's address, and its body."""
    url = f"http://127.0.0.1:{house.git_port}{path}"
    return answered(urllib.request.Request(url, headers=headers))


def answered(request: urllib.request.Request) -> tuple[int, str]:
    """The status and the body of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


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


def basic(app: App) -> dict[str, str]:
    import base64

    return {"Authorization": "Basic " + base64.b64encode(f"me:{app.token}".encode()).decode()}


def test_a_push_is_published_and_branches_and_tags_by_their_names(app: App, client: Client) -> None:
    app.version("1")
    app.push()
    eventually(published(app, "latest"))
    app.git("checkout", "-q", "-b", "feature/log-in")
    app.version("2")
    assert "passed" in app.push("feature/log-in").stderr
    app.git("tag", "-a", "v1.0", "-m", "the first")
    app.push("v1.0")
    tags = {t["tag"]: t for t in app.house.data("image", "list", app.name)}
    assert set(tags) == {"latest", "feature-log-in", "v1.0"}
    assert tags["latest"]["digest"] != tags["v1.0"]["digest"]
    # What is live is what was pushed to the deploy branch.
    assert app.house.get(app.host).body == "1"
    client.login(app.token)
    assert client.pull(f"{app.name}:v1.0").returncode == 0
    config = json.loads(docker("image", "inspect", f"{client.address}/{app.name}:v1.0"))[0]
    assert "VERSION=2" in config["Config"]["Env"]
    eventually(lambda: app.house.data("image", "show", app.name)["pulls"] == 1)


def test_what_builds_nothing_is_no_news_for_a_badge(app: App) -> None:
    """It was `cancelled`, whatever the last build had been."""
    house = app.house
    rules = "x-homeport: {builds: [{name: main, tag: latest}]}\n"
    compose = "services: {web: {build: .}}\n" + rules
    dockerfile = DOCKERFILE.format(version="1", more="")
    app.commit({"compose.yaml": compose, "Dockerfile": dockerfile})
    app.push()
    eventually(published(app, "latest"))
    house.homeport("app", "set", app.name, "public=true")
    app.git("checkout", "-q", "-b", "topic")
    app.commit({"README.md": "words"})
    assert (
        "nothing is published: no rule of a build is for branch topic" in app.push("topic").stderr
    )
    app.git("checkout", "-q", "main")
    only = "services: {web: {image: 'homeport-test/app:latest', environment: {VERSION: '2'}}}\n"
    app.commit({"compose.yaml": only})
    assert "published" not in app.push().stderr
    assert "build: passing" in fetched(house, f"/badges/{app.name}/build.svg")[1]
    builds = set(re.findall(r"/builds/\d+", fetched(house, f"/images/{app.name}")[1]))
    assert 1 == len(builds)


def test_a_rule_of_a_build_that_cannot_be_is_refused_with_its_line(app: App) -> None:
    """It went live, and was not published."""
    rules = "x-homeport:\n  builds:\n    - tag: edge\n      type: branch\n"
    app.commit(
        {
            "compose.yaml": f"services: {{web: {{build: .}}}}\n{rules}",
            "Dockerfile": DOCKERFILE.format(version="1", more=""),
        }
    )
    refused = app.push(check=False)
    assert refused.returncode != 0
    assert "compose.yaml:5: x-homeport.builds[0].type: is not known" in refused.stderr
    assert "known: source, name, tag" in refused.stderr


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


def test_what_a_build_was_made_of_is_shown(app: App) -> None:
    commit = app.version("1")
    app.push()
    eventually(published(app, "latest"))
    found = app.house.data("image", "show", f"{app.name}:latest")
    assert found["build"]["commit"] == commit
    assert found["build"]["dockerfile"] == DOCKERFILE.format(version="1", more="")
    assert [image["platform"] for image in found["images"]] == ["linux/amd64"]
    assert found["reference"].endswith(f"/{app.name}:latest")
    # By the name that `docker pull` takes, and by digest.
    assert found == app.house.data("image", "show", found["reference"])
    by_digest = f"{app.name}@{found['digest']}"
    assert app.house.data("image", "show", by_digest)["reference"].endswith(f"/{by_digest}")
    missing = app.house.homeport("image", "show", f"{app.name}:none", check=False)
    assert missing.returncode == 2
    assert "there is no image" in missing.stderr


def test_badges_and_pages_are_for_everybody_where_the_app_is_public(app: App) -> None:
    house = app.house
    app.version("1")
    app.push()
    eventually(published(app, "latest"))
    assert "unknown" in fetched(house, f"/badges/{app.name}/build.svg")[1]
    assert "size: unknown" in fetched(house, f"/badges/{app.name}/size.svg")[1]
    assert fetched(house, f"/images/{app.name}")[0] == 401
    house.homeport("app", "set", app.name, "public=true")
    assert "build: passing" in fetched(house, f"/badges/{app.name}/build.svg")[1]
    badge = json.loads(fetched(house, f"/badges/{app.name}/build.json?branch=main")[1])
    assert badge == {
        "schemaVersion": 1,
        "label": "build",
        "message": "passing",
        "color": "brightgreen",
    }
    size = json.loads(fetched(house, f"/badges/{app.name}/size.json")[1])["message"]
    assert re.fullmatch(r"[\d.]+ MB", size)
    status, page = fetched(house, f"/images/{app.name}")
    assert status == 200
    assert "VERSION=1" in page
    number = re.search(r"/builds/\d+", page)
    assert number
    assert "Published" in fetched(house, number[0])[1]
    app.commit({"Dockerfile": "FROM homeport-test/app:latest\nRUN exit 3\n"})
    assert app.push(check=False).returncode != 0
    assert "build: failing" in fetched(house, f"/badges/{app.name}/build.svg")[1]


def test_a_badge_is_sent_again_only_when_it_changed(house: House, app: App) -> None:
    url = f"http://127.0.0.1:{house.git_port}/badges/{app.name}/pulls.svg"
    with urllib.request.urlopen(url, timeout=10) as first:
        etag = first.headers["ETag"]
    assert answered(urllib.request.Request(url, headers={"If-None-Match": etag}))[0] == 304


def test_a_build_that_fails_on_a_branch_leaves_the_branch_and_the_tags(app: App) -> None:
    app.live("1")
    app.git("checkout", "-q", "-b", "broken")
    app.commit({"Dockerfile": "FROM homeport-test/app:latest\nRUN exit 3\n"})
    pushed = app.push("broken")
    assert "failed" in pushed.stderr
    assert {t["tag"] for t in app.house.data("image", "list", app.name)} <= {"latest"}
    assert app.runs()[0]["state"] == "failed"
    assert app.house.get(app.host).body == "1"
    # A badge without a branch is that of what goes live.
    app.house.homeport("app", "set", app.name, "public=true")
    eventually(lambda: "passing" in fetched(app.house, f"/badges/{app.name}/build.svg")[1])
    assert "failing" in fetched(app.house, f"/badges/{app.name}/build.svg?branch=broken")[1]
    assert fetched(app.house, f"/badges/{app.name}/build.png")[0] == 404


def test_a_branch_with_nothing_to_build_is_stored(app: App) -> None:
    app.live("1")
    app.git("checkout", "-q", "--orphan", "docs")
    app.git("rm", "-rqf", ".")
    app.commit({"README": "words"})
    assert "docs is stored" in app.push("docs").stderr
    assert app.runs()[0]["state"] == "passed"


def test_what_later_builds_replaced_is_taken_away_and_what_runs_stays(
    app: App, client: Client
) -> None:
    house = app.house
    for version in ("1", "2", "3"):
        app.version(version, f"RUN head -c 300000 /dev/urandom > /noise{version}\n")
        app.push()
        eventually(lambda: house.data("image", "list", app.name))
    replaced = house.data("image", "show", app.name)["digest"]
    app.version("4")
    app.push()
    eventually(lambda: house.data("image", "show", app.name)["digest"] != replaced)
    client.login(app.token)
    old = f"{client.address}/{app.name}@{replaced}"

    def gone() -> bool:
        house.homeport("image", "prune")
        return client.docker("manifest", "inspect", "--insecure", old).returncode != 0

    eventually(gone, seconds=90)
    assert client.pull(f"{app.name}:latest").returncode == 0
    # The layers that went are taken again.
    app.git("checkout", "-q", "HEAD~1")
    app.git("checkout", "-q", "-b", "again")
    assert "passed" in app.push("again").stderr
    assert client.pull(f"{app.name}:again").returncode == 0
    house.homeport("rollback", app.name)
    assert house.get(app.host).body == "3"


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


def test_a_registry_that_dies_in_the_middle_of_a_push_gets_it_all_the_same(app: App) -> None:
    house = app.house
    app.version("1", "RUN head -c 60000000 /dev/urandom > /noise\n")
    name = docker("ps", "--format", "{{.Names}}", "--filter", f"publish={house.port}").strip()
    registry = name.replace("-nginx", "-registry")
    uploads = house.state / "registry/data/docker/registry/v2/repositories" / app.name
    pushing = threading.Thread(target=app.push)
    pushing.start()
    eventually(lambda: list((uploads / "_uploads").glob("*/data")), seconds=60)
    docker("kill", registry)
    pushing.join()
    eventually(published(app, "latest"), seconds=90)
    assert not [b for b in house.data("image", "list", app.name) if "staged" in b["tag"]]


def with_tests(app: App, command: str, message: str = "tests") -> None:
    """Commit a `docker-compose.test.yml` whose `sut` runs this."""
    app.commit(
        {
            "Dockerfile": DOCKERFILE.format(version="2", more=""),
            "docker-compose.test.yml": "services:\n"
            "  db: {image: 'busybox:stable', command: httpd -f -p 80}\n"
            f"  sut: {{build: ., depends_on: [db], command: [sh, -c, '{command}']}}\n",
        },
        message,
    )


def test_a_commit_that_fails_its_tests_is_neither_live_nor_published(app: App) -> None:
    app.live("1")
    eventually(published(app, "latest"))
    before = app.house.data("image", "show", app.name)["digest"]
    with_tests(app, "echo it is $VERSION; exit 7")
    pushed = app.push(check=False)
    assert pushed.returncode != 0
    assert "sut ended with status 7" in pushed.stderr
    assert "it is" in pushed.stderr
    assert app.house.get(app.host).body == "1"
    assert app.house.data("image", "show", app.name)["digest"] == before
    assert not app.house.containers(f"{app.name}-test-{app.runs()[0]['number']}")
    with_tests(app, "echo all is well", "mended")
    assert "all is well" in app.push().stderr
    eventually(lambda: app.house.data("image", "show", app.name)["digest"] != before)


def test_the_tests_of_a_branch_keep_its_image_from_being_published(app: App) -> None:
    app.live("1")
    app.git("checkout", "-q", "-b", "topic")
    with_tests(app, "exit 1")
    assert "sut ended with status 1" in app.push("topic").stderr
    assert not published(app, "topic")()
    with_tests(app, "true", "mended")
    app.push("topic")
    assert published(app, "topic")()


def test_every_test_file_is_run_also_of_composes_first_format(app: App) -> None:
    """Docker Hub's own example has its services at the top; several files run one by one."""
    files = {
        "Dockerfile": DOCKERFILE.format(version="1", more=""),
        "Dockerfile.sut": "FROM homeport-test/app:latest\n",
        "a.test.yml": "db: {image: 'busybox:stable', command: httpd -f -p 80}\n"
        "sut: {build: ., dockerfile: Dockerfile.sut, links: [db],"
        " command: sh -c 'echo first at $IMAGE_NAME'}\n",
        "b.test.yml": "services: {sut: {build: ., command: sh -c 'echo second; exit 4'}}\n",
    }
    app.commit(files)
    pushed = app.push(check=False)
    assert f"first at {app.name}:latest" in pushed.stderr
    assert "second" in pushed.stderr
    assert "the tests of b.test.yml failed: sut ended with status 4" in pushed.stderr
    assert not app.house.containers(f"{app.name}-test-{app.runs()[0]['number']}")


def test_a_test_file_without_sut_is_named(app: App) -> None:
    app.commit(
        {
            "Dockerfile": DOCKERFILE.format(version="1", more=""),
            "docker-compose.test.yml": "services: {test: {image: 'busybox:stable'}}\n",
        }
    )
    pushed = app.push(check=False)
    assert "docker-compose.test.yml: there is no service sut" in pushed.stderr


def test_provenance_is_attached_where_other_tools_look_for_it(app: App) -> None:
    house = app.house
    commit = app.commit(
        {"Dockerfile": "ARG BASE=homeport-test/app:latest\nFROM $BASE\nENV VERSION=1\n"}
    )
    app.push()
    eventually(
        lambda: published(app, "latest")() and house.data("image", "show", app.name)["attached"]
    )
    found = house.data("image", "show", app.name)
    base = json.loads(docker("image", "inspect", "homeport-test/app:latest"))[0]["Id"]
    assert found["build"]["bases"] == {"homeport-test/app:latest": f"local:{base}"}
    # The fallback tag of the OCI distribution specification.
    address = f"http://127.0.0.1:{house.registry_port}/v2/{app.name}"

    def fetch(path: str, kind: str = "*/*") -> Any:
        request = urllib.request.Request(
            f"{address}/{path}", headers={"Accept": kind, **basic(app)}
        )
        return json.loads(answered(request)[1])

    kind = "application/vnd.oci.image.index.v1+json"
    index = fetch(f"manifests/{found['digest'].replace(':', '-')}", kind)
    (artifact,) = index["manifests"]
    assert artifact["artifactType"] == "application/vnd.in-toto+json"
    manifest = fetch(f"manifests/{artifact['digest']}", artifact["mediaType"])
    assert manifest["subject"]["digest"] == found["digest"]
    statement = fetch(f"blobs/{manifest['layers'][0]['digest']}")
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    git, image = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert git["digest"] == {"gitCommit": commit}
    assert image["digest"]["sha256"] == base.removeprefix("sha256:")
    # It is no tag that people pull.
    assert [t["tag"] for t in house.data("image", "list", app.name)] == ["latest"]


def test_an_image_whose_name_was_given_to_another_does_not_go_live(app: App) -> None:
    app.live("1")
    app.live("2")
    (first,) = (r for r in app.house.data("releases", app.name) if r["number"] == 1)
    name = f"{app.name}-web:{first['commit'][:12]}-{first['run']}"
    docker("tag", "busybox:stable", name)
    refused = app.house.homeport("rollback", app.name, check=False)
    assert refused.returncode == 1
    assert "is not the image that was built" in refused.stderr + refused.stdout
    assert app.house.get(app.host).body == "2"


@pytest.fixture
def describing(tmp_path: Path) -> Iterator[House]:
    """A homeport that describes what it publishes."""
    yield from started(House(tmp_path, {"HOMEPORT_SBOM": "on"}))


def test_what_an_image_is_made_of_stands_beside_it(describing: House) -> None:
    app = describing.app()
    app.version("1")
    app.push()
    eventually(published(app, "latest"), seconds=60)
    show = ("image", "show", app.name, "--sbom")
    eventually(lambda: describing.homeport(*show, check=False).returncode == 0, seconds=90)
    sbom = json.loads(describing.homeport(*show).stdout)
    assert sbom["spdxVersion"] == "SPDX-2.3"
    assert {"python3.11-minimal", "libc6"} <= {p["name"] for p in sbom["packages"]}
    assert fetched(describing, f"/images/{app.name}")[0] == 401
    describing.homeport("app", "set", app.name, "public=true")
    link = re.search(r"/sbom/sha256:[^\"]+", fetched(describing, f"/images/{app.name}")[1])
    assert link
    assert json.loads(fetched(describing, link[0])[1]) == sbom


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
