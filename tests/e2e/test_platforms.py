"""One image for the PC, the Pine64 and the Raspberry Pi: real programs, real emulators."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.arm import DOCKERFILE, programs
from tests.e2e.conftest import started
from tests.e2e.house import App, House, docker, eventually
from tests.e2e.registry import Client, client, published

__all__ = ["client"]  # a fixture

COMPOSE = """\
services:
  web:
    build: .
    environment: {{VIRTUAL_HOST: "{host}"}}
    x-homeport: {{platforms: [linux/amd64, linux/arm/v7, linux/arm64]}}
"""
MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64", "linux/arm/v7": "armv7l"}


def with_programs(app: App, *names: str) -> None:
    for name in names or ("busybox",):
        for arch, content in programs(name).items():
            path = app.folder / f"{name}-{arch}"
            path.write_bytes(content)
            path.chmod(0o755)


def test_one_tag_names_three_platforms_and_each_runs(app: App, client: Client) -> None:
    with_programs(app)
    app.commit({"Dockerfile": DOCKERFILE, "compose.yaml": COMPOSE.format(host=app.host)})
    app.push()
    assert app.house.get(app.host).body == "x86_64\n"
    eventually(published(app, "latest"), seconds=60)
    client.login(app.token)
    for platform, machine in MACHINES.items():
        assert client.pull(f"{app.name}:latest", "--platform", platform).returncode == 0
        reference = f"{client.address}/{app.name}:latest"
        ran = docker(
            "run", "--rm", "--platform", platform, reference, "/bin/busybox", "uname", "-m"
        )
        assert ran.strip() == machine
    shown = client.docker(
        "manifest", "inspect", "--insecure", f"{client.address}/{app.name}:latest"
    )
    children = json.loads(shown.stdout)["manifests"]
    assert {c["platform"]["architecture"] for c in children} == {"amd64", "arm", "arm64"}
    listed = client.docker("buildx", "imagetools", "inspect", f"{client.address}/{app.name}:latest")
    assert all(f"Platform:  {platform}" in listed.stdout for platform in MACHINES), listed
    named = set(re.findall(r"@(sha256:\w+)", listed.stdout))
    assert {child["digest"] for child in children} == named
    tags = {t["tag"]: t["platforms"] for t in app.house.data("image", "list", app.name)}
    assert sorted(MACHINES) == sorted(tags.pop("latest"))
    assert tags == {
        "latest-amd64": ["linux/amd64"],
        "latest-arm64": ["linux/arm64"],
        "latest-arm-v7": ["linux/arm/v7"],
    }
    # Nothing is left of those that this box does not run.
    assert "arm" not in docker("images", "--format", "{{.Tag}}", f"{app.name}-web")


JOB_IMAGE = """\
FROM scratch
ARG TARGETARCH TARGETVARIANT
COPY busybox-${TARGETARCH}${TARGETVARIANT} /bin/busybox
COPY bash-${TARGETARCH}${TARGETVARIANT} /bin/bash
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN mkdir /tmp /www && uname -m > /www/index.html
EXPOSE 8000
CMD ["/bin/busybox", "httpd", "-f", "-p", "8000", "-h", "/www"]
"""
JOBS = """
language: generic
arch: [amd64, arm64, s390x]
script: echo "$(uname -m) for $TRAVIS_CPU_ARCH, docker builds for ${DOCKER_DEFAULT_PLATFORM:-this}"
"""


def test_a_job_runs_on_the_architecture_that_it_names(
    app: App, client: Client, tmp_path: Path
) -> None:
    """Its image comes from a registry, which has it for each."""
    with_programs(app, "busybox", "bash")
    app.commit({"Dockerfile": JOB_IMAGE, "compose.yaml": COMPOSE.format(host=app.host)})
    app.push()
    eventually(published(app, "latest"), seconds=60)
    app.house.homeport("app", "set", app.name, "public=true")
    image = f"{client.address}/{app.name}:latest"
    client.names.add(image)
    (tmp_path / "other").mkdir()
    for house in started(House(tmp_path / "other", {"HOMEPORT_JOB_IMAGE": image})):
        tested = house.app()
        tested.commit({".travis.yml": JOBS})
        tested.version("1")
        said = tested.push().stderr
        assert "x86_64 for amd64, docker builds for this" in said
        assert "aarch64 for arm64, docker builds for linux/arm64" in said
        assert "jobs for s390x are not run: this box has no emulator for it" in said


MATRIX = """
language: generic
services: docker
env: {{global: [IMAGE={name}]}}
jobs:
  include:
    - {{stage: images, env: PLATFORM=linux/amd64 TAG=amd64, script: &one
       'docker build -q --platform $PLATFORM -t $IMAGE:$TAG . && docker push $IMAGE:$TAG'}}
    - {{env: PLATFORM=linux/arm/v7 TAG=armhf, script: *one}}
    - stage: manifest
      script:
        - docker login -u me -p any
        - docker manifest create $IMAGE:all $IMAGE:amd64 $IMAGE:armhf
        - docker manifest annotate $IMAGE:all $IMAGE:armhf --os linux --arch arm --variant v7
        - docker manifest inspect $IMAGE:all
        - docker manifest push --purge $IMAGE:all
    - stage: manifest
      script:
        - docker run --rm --privileged multiarch/qemu-user-static:register --reset
        - docker buildx create --use --name many
        - docker buildx build --platform linux/amd64,linux/arm64 --push -t $IMAGE:edge .
        - {last}
"""


def test_a_job_names_the_images_of_others_by_a_manifest(app: App, client: Client) -> None:
    """What `.travis.yml` files of several architectures do after their matrix."""
    with_programs(app)
    commands = MATRIX.format(name=app.name, last="exit 1")
    app.commit({"Dockerfile": DOCKERFILE, ".travis.yml": commands})
    assert "failed" in app.push(check=False).stderr
    assert [] == app.house.data("image", "list", app.name)
    app.commit({".travis.yml": MATRIX.format(name=app.name, last="true")})
    said = app.push().stderr
    assert '"variant": "v7"' in said
    client.login(app.token)
    edge = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
    for tag, machines in (("all", MACHINES | {"linux/arm64": ""}), ("edge", edge)):
        name = f"{client.address}/{app.name}:{tag}"
        listed = client.docker("buildx", "imagetools", "inspect", name).stdout
        for platform, machine in machines.items():
            assert (f"Platform:  {platform}" in listed) == bool(machine)
            if machine:
                client.pull(f"{app.name}:{tag}", "--platform", platform)
                ran = ("run", "--rm", "--platform", platform, name, "/bin/busybox", "uname", "-m")
                assert machine == docker(*ran).strip()
    tags = {t["tag"] for t in app.house.data("image", "list", app.name)}
    assert {"all", "amd64", "armhf", "edge", "edge-amd64", "edge-arm64"} <= tags


def test_documentation_alone_builds_nothing(app: App) -> None:
    with_programs(app)
    app.commit({"Dockerfile": DOCKERFILE, "compose.yaml": COMPOSE.format(host=app.host)})
    app.push()
    eventually(published(app, "latest"), seconds=60)
    before = app.house.data("image", "show", app.name)["digest"]
    running = docker("inspect", "-f", "{{.Id}}", f"{app.name}-web-1")
    app.commit({"README.md": "words"})
    told = app.push().stderr
    assert "nothing changed since" in told
    assert "(nothing had changed)" in told
    assert app.house.data("image", "show", app.name)["digest"] == before
    assert docker("inspect", "-f", "{{.Id}}", f"{app.name}-web-1") == running


def test_the_articles_dockerfiles_make_the_articles_tags(app: App) -> None:
    with_programs(app)
    text = (
        "FROM scratch\nCOPY busybox-{0} /bin/busybox\n" + DOCKERFILE.partition("/bin/busybox\n")[2]
    )
    app.commit(
        {
            "Dockerfile": text.format("amd64"),
            "Dockerfile.aarch64": text.format("arm64"),
            "Dockerfile.armhf": text.format("armv7"),
        }
    )
    app.push()
    eventually(published(app, "latest"), seconds=60)
    listed = app.house.data("image", "list", app.name)
    tags = {t["tag"]: t["platforms"] for t in listed}
    # Who pulls the tag of one platform is told what it was built from, too.
    assert {app.git("rev-parse", "HEAD").stdout.strip()} == {t["commit"] for t in listed}
    armhf = app.house.data("image", "show", f"{app.name}:armhf")
    assert app.house.data("image", "show", app.name)["build"] == armhf["build"]
    assert tags["armhf"] == tags["latest-armhf"] == ["linux/arm/v7"]
    assert tags["aarch64"] == ["linux/arm64"]
    assert sorted(tags["latest"]) == sorted(MACHINES)


def test_a_mislabelled_image_is_not_published_and_no_tag_moves(app: App) -> None:
    with_programs(app)
    app.commit({"Dockerfile": DOCKERFILE, "compose.yaml": COMPOSE.format(host=app.host)})
    app.push()
    eventually(published(app, "latest"), seconds=60)
    before = app.house.data("image", "show", app.name)["digest"]
    wrong = DOCKERFILE.replace("busybox-${TARGETARCH}${TARGETVARIANT}", "busybox-amd64")
    app.commit({"Dockerfile": wrong})
    app.push()
    # Where the machine is busy, the push has ended before.
    events = ("events", "--app", app.name, "--json")
    eventually(lambda: "holds programs for amd64" in app.house.homeport(*events).stdout)
    assert app.house.data("image", "show", app.name)["digest"] == before
    assert app.house.get(app.host).status == 200


@pytest.mark.parametrize("platform", ["linux/s390x", "linux/mips64le"])
def test_a_platform_that_nobody_can_build_is_named(app: App, platform: str) -> None:
    compose = COMPOSE.format(host=app.host).replace("linux/arm64", platform)
    with_programs(app)
    app.commit({"Dockerfile": DOCKERFILE, "compose.yaml": compose})
    told = app.push().stderr
    assert f"{platform} cannot be built" in told
    assert not published(app, "latest")()
    assert app.house.get(app.host).status == 200


def test_a_word_that_is_no_platform_stops_the_push(app: App, tmp_path: Path) -> None:
    compose = COMPOSE.format(host=app.host).replace("linux/arm64", "windows/amd64")
    app.commit({"Dockerfile": DOCKERFILE, "compose.yaml": compose})
    pushed = app.push(check=False)
    assert pushed.returncode != 0
    assert "services.web.x-homeport.platforms" in pushed.stderr


@pytest.mark.parametrize("host", ["pi", "tcp://pi:2375", "ssh://-oProxyCommand=x", "ssh://pi;x"])
def test_a_builder_is_reached_by_ssh_alone(house: House, host: str) -> None:
    refused = house.homeport("builder", "add", "pi", host, check=False)
    assert refused.returncode == 2
    assert "is no builder" in refused.stderr
