"""Docker Hub's `hooks/`, as people have them, around real builds and pushes."""

from __future__ import annotations

import json
import re

import pytest

from tests.e2e.house import DOCKERFILE, App, docker, eventually
from tests.e2e.registry import published

pytestmark = [pytest.mark.engine, pytest.mark.e2e]
TELL = 'echo "$0 in ${PWD##*/} of $DOCKER_REPO $IMAGE_NAME $SOURCE_BRANCH $DOCKERFILE_PATH"\n'


def hooked(app: App, hooks: dict[str, str], message: str = "hooks") -> None:
    """Commit a Dockerfile with hooks beside it."""
    files = {f"hooks/{name}": f"#!/bin/bash\nset -e\n{text}" for name, text in hooks.items()}
    app.commit(
        {"Dockerfile": DOCKERFILE.format(version="1", more="COPY . /src\n"), **files}, message
    )


def logs(app: App) -> str:
    """What the app's latest run said so far."""
    return app.house.homeport("run", "logs", str(app.runs()[0]["number"])).stdout


def test_hooks_run_in_their_order_with_the_variables_of_docker_hub(app: App) -> None:
    names = ("post_checkout", "pre_build", "post_build", "pre_test", "test", "post_test")
    hooked(app, dict.fromkeys((*names, "pre_push", "post_push"), TELL))
    said = app.push().stderr
    name = app.name
    line = rf"hooks/(\w+) in {name} of {name} {name}:latest main Dockerfile"
    assert list(names) == re.findall(line, said)[: len(names)]
    number = str(app.runs()[0]["number"])

    def after() -> list[str]:
        log = app.house.homeport("run", "logs", number).stdout
        return re.findall(line, log)[len(names) :]

    publishing = ["post_checkout", "pre_build", "post_build", "pre_push", "post_push"]
    eventually(lambda: after() == publishing, tell=after)


def test_what_a_hook_writes_is_built_and_git_knows_the_commit(app: App) -> None:
    hooked(app, {"pre_build": "git log -1 --format=%s > said.txt\n"}, "told by git")
    app.push()
    found = docker("exec", f"{app.name}-web-1", "cat", "/src/said.txt")
    assert "told by git\n" == found


def test_a_build_hook_makes_the_image_that_goes_live_and_is_published(app: App) -> None:
    build = 'docker build --build-arg X=1 --label by=hook -t "$IMAGE_NAME" .\n'
    hooked(app, {"build": build, "test": 'docker run --rm "$IMAGE_NAME" echo it runs\n'})
    assert "it runs" in app.push().stderr
    labels = json.loads(docker("inspect", f"{app.name}-web-1"))[0]["Config"]["Labels"]
    assert "hook" == labels["by"]
    eventually(published(app, "latest"))
    assert "1" == app.house.get(app.host).body


def test_a_hook_that_fails_keeps_the_commit_from_going_live(app: App) -> None:
    app.live("0")
    hooked(app, {"test": "echo it is broken; exit 4\n"})
    said = app.push(check=False).stderr
    assert "it is broken" in said
    assert "hooks/test ended with status 4" in said
    assert "0" == app.house.get(app.host).body


def test_a_push_hook_publishes_what_it_pushes(app: App) -> None:
    push = (
        'docker login -u me -p any\ndocker push "$IMAGE_NAME"\n'
        'docker tag "$IMAGE_NAME" "$DOCKER_REPO:extra"\ndocker push "$DOCKER_REPO:extra"\n'
    )
    hooked(app, {"push": push})
    app.push()
    eventually(published(app, "extra"), tell=lambda: logs(app))
    eventually(published(app, "latest"), tell=lambda: logs(app))
    tags = {tag["tag"] for tag in app.house.data("image", "list", app.name)}
    assert {"extra", "latest"} == tags


def test_what_is_pushed_after_the_push_is_published_too(app: App) -> None:
    """Docker Hub's way to a second tag, and to one name for several architectures."""
    push = (
        'docker tag "$IMAGE_NAME" "$DOCKER_REPO:extra"\ndocker push "$DOCKER_REPO:extra"\n'
        'docker manifest create "$DOCKER_REPO:all" "$IMAGE_NAME"\n'
        'docker manifest push "$DOCKER_REPO:all"\n'
    )
    hooked(app, {"post_push": push})
    app.push()
    for tag in ("latest", "extra", "all"):
        eventually(published(app, tag), tell=lambda: logs(app))


def test_a_hook_may_not_push_to_another_apps_repository(app: App) -> None:
    other = app.house.app()
    push = f'docker tag "$IMAGE_NAME" {other.name}:latest\ndocker push {other.name}:latest\n'
    hooked(app, {"push": push})
    app.push()
    number = str(app.runs()[0]["number"])

    def failed() -> bool:
        return "hooks/push ended with status" in app.house.homeport("run", "logs", number).stdout

    eventually(failed)
    log = app.house.homeport("run", "logs", number).stdout
    assert f"{other.name} belongs to app {other.name}" in log
    assert [] == app.house.data("image", "list", other.name)


def test_hooks_of_a_branch_run_before_its_image_is_published(app: App) -> None:
    app.live("0")
    app.git("checkout", "-q", "-b", "topic")
    hooked(app, {"test": 'docker run --rm "$IMAGE_NAME" echo "tested as $DOCKER_TAG"\n'})
    assert "tested as topic" in app.push("topic").stderr
    assert published(app, "topic")()


def test_a_hook_cannot_own_the_box_and_leaves_nothing(app: App) -> None:
    start = "docker run -d busybox:stable sleep 600\n"
    own = "docker run --rm -v /:/host busybox:stable true || echo refused\n"
    hooked(app, {"pre_build": start + own})
    said = app.push().stderr
    assert "a job of homeport may not mount the host's /" in said
    assert "refused" in said
    label = f"label=homeport.run={app.runs()[0]['number']}"
    eventually(lambda: "" == docker("ps", "-aq", "--filter", label))
    eventually(lambda: [] == list((app.house.state / "jobs").glob("*")))
