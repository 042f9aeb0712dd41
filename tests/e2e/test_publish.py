"""What is pushed with git is tested, published, described and shown."""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import started
from tests.e2e.house import DOCKERFILE, App, House, docker, eventually
from tests.e2e.registry import Client, answered, basic, client, fetched, published

__all__ = ["client"]  # a fixture
pytestmark = [pytest.mark.engine, pytest.mark.e2e]


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
