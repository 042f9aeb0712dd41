"""The hashes that homeport computes are those that `docker compose up` writes."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeport.engine.docker import Docker
from homeport.stack.hashes import (
    explained,
    foreseen,
    hashed_text,
    rule_of,
    shared_hash,
    up_hashes,
)
from tests.engine.conftest import LABEL, remove_project

_HASH = "com.docker.compose.config-hash"
_NUMBER = "com.docker.compose.container-number"
_IDLE = 'x-idle: &idle {image: "busybox:stable", command: ["sleep", "600"], init: true}\n'
_VARIABLES = """\
# Quotes, comments, interpolation; what Go escapes.
FROM_FILE=file
OVERRIDDEN=file
QUOTED="two words" # a comment
SINGLE='$HOME $$ stays'
export EXPORTED=yes
EMPTY=
INTERPOLATED=${FROM_FILE}-${FROM_DOTENV}
ESCAPED=<a href="é">&\\</a>
"""
CASES = {
    "environment from files": """
services:
  plain: {<<: *idle, labels: {text: "<&> $$HOME é"}, cpus: 0.5}
  one: {<<: *idle, env_file: variables.env}
  several:
    <<: *idle
    env_file: [variables.env, {path: missing.env, required: false}, "${SECOND}.env"]
    environment: {OVERRIDDEN: "file & more", UNSET: null}
  only: {<<: *idle, env_file: [{path: missing.env, required: false}]}
  scaled:
    <<: *idle
    env_file: variables.env
    pull_policy: missing
    deploy: {replicas: 2, resources: {limits: {cpus: "0.5"}}}
    depends_on: {plain: {condition: service_started}}
""",
    "absent dependencies": """
services:
  off: {<<: *idle, profiles: [never]}
  base: {<<: *idle}
  needs: {<<: *idle, depends_on: {off: {condition: service_started, required: false}}}
  both:
    <<: *idle
    depends_on:
      off: {condition: service_started, required: false}
      base: {condition: service_started, required: false}
  files:
    <<: *idle
    env_file: variables.env
    depends_on: {off: {condition: service_started, required: false}}
""",
    "shared containers": """
services:
  base: {<<: *idle, ipc: shareable, volumes: ["data:/data", "/anonymous"], scale: 3}
  network: {<<: *idle, network_mode: "service:base"}
  processes: {<<: *idle, pid: "service:base"}
  memory: {<<: *idle, ipc: "service:base"}
  everything: {<<: *idle, network_mode: "service:base", pid: "service:base", ipc: "service:base"}
  files: {<<: *idle, volumes_from: ["base:ro", "network"], env_file: variables.env}
  outer: {<<: *idle, volumes_from: ["container:OUTER:ro", base]}
  only: {<<: *idle, volumes_from: ["container:OUTER:ro"]}
  joined: {<<: *idle, network_mode: "container:OUTER"}
volumes: {data: }
""",
}


@pytest.fixture
async def outer(docker: Docker) -> AsyncIterator[str]:
    """The name of a container that belongs to no project of compose."""
    name = f"hptest-{uuid.uuid4().hex[:8]}"
    body = {"Image": "busybox:stable", "Cmd": ["sleep", "600"], "Labels": {LABEL: name}}
    await docker.create_container(name, {**body, "HostConfig": {"Init": True}})
    await docker.start(name)
    yield name
    await remove_project(docker, name)


def ask(project: str, directory: Path, *arguments: str) -> str:
    """The real plugin."""
    argv = ["docker", "compose", "-p", project, "--project-directory", str(directory), *arguments]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=directory)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def printed(project: str, directory: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The services, and their hashes, by `docker compose config`."""
    model = ask(project, directory, "config", "--format", "json").replace("$$", "$")
    hashes = ask(project, directory, "config", "--hash", "*").splitlines()
    return json.loads(model)["services"], dict(line.split(" ") for line in hashes)


async def written(docker: Docker, project: str) -> tuple[dict[str, str], dict[str, str]]:
    """Service -> the hash in its labels; service -> the id of its first container."""
    found = await docker.containers(labels=(f"{LABEL}={project}",))
    first = sorted(found, key=lambda c: int(c.labels[_NUMBER]), reverse=True)
    return {c.service: c.labels[_HASH] for c in found}, {c.service: c.id for c in first}


def write(case: str, directory: Path, outer: str) -> None:
    (directory / "compose.yaml").write_text(_IDLE + CASES[case].replace("OUTER", outer))
    (directory / "variables.env").write_text(_VARIABLES)
    (directory / "second.env").write_text("SECOND=second\n")
    (directory / ".env").write_text("FROM_DOTENV=dot\nSECOND=second\n")


@pytest.mark.parametrize("case", ["environment from files", "absent dependencies"])
async def test_the_hash_of_a_service_is_the_one_that_compose_writes(
    case: str, docker: Docker, project: str, outer: str, tmp_path: Path
) -> None:
    write(case, tmp_path, outer)
    ask(project, tmp_path, "up", "-d")
    services, asked = printed(project, tmp_path)
    expected, _ = await written(docker, project)
    assert expected != asked  # else there would be nothing to compute
    assert expected == up_hashes(services, asked, env_files=True)


async def test_the_hash_of_a_service_that_joins_another_is_the_one_that_compose_writes(
    docker: Docker, project: str, outer: str, tmp_path: Path
) -> None:
    write("shared containers", tmp_path, outer)
    ask(project, tmp_path, "up", "-d")
    services, asked = printed(project, tmp_path)
    rule = rule_of(services, asked)
    expected, ids = await written(docker, project)
    actual = {
        name: shared_hash(hashed_text(service, services, rule), ids)
        for name, service in services.items()
    }
    assert expected == actual


def test_what_the_plugin_says_of_a_changed_file_is_foreseen(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    more = 'environment: {A: "<1> & 2", B: $$x}, cpus: 0.5, ports: ["80", "127.0.0.1:81:80/udp"]'
    text = f"{_IDLE}services: {{web: {{<<: *idle, {more}, labels: {{a: é}}}}, db: *idle}}\n"
    file.write_text(text)
    services, asked = printed("blog", tmp_path)
    known = explained(services, asked)
    file.write_text(text.replace("<1>", "<3>").replace("0.5", "1.25").replace("udp", "tcp"))
    services, said = printed("blog", tmp_path)
    assert known
    assert said != asked
    assert said == foreseen(services, known)
