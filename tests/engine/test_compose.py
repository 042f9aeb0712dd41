"""Compose is the reference: what it makes of a file is what homeport makes of it."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeport.engine import compose
from homeport.engine.docker import Docker
from homeport.execute import execute
from homeport.model.plan import CreateContainer, CreateNetwork, CreateVolume, Plan
from homeport.model.stack import Stack
from homeport.stack.apply import Hands
from homeport.stack.model import read_stack
from homeport.stack.observe import observe
from homeport.stack.plan import plan_up
from tests.engine.conftest import remove_project

FILES = Path(__file__).parent.parent / "golden" / "compose"
# Names, ids and times, which differ; labels are compared by themselves.
UNEQUAL = {
    "Id",
    "Created",
    "Name",
    "State",
    "HostnamePath",
    "HostsPath",
    "LogPath",
    "ResolvConfPath",
}
UNEQUAL |= {"GraphDriver", "Labels", "NetworkSettings", "SizeRw", "SizeRootFs"}
# Compose's own hash of these holds the id of the container that they share something with.
SHARING = ("sidecar", "other")
OWN_LABELS = ("com.docker.compose.version", "homeport.")


@pytest.fixture
async def theirs(docker: Docker) -> AsyncIterator[str]:
    """A second project, for compose."""
    name = f"hptest-{uuid.uuid4().hex[:8]}"
    yield name
    await remove_project(docker, name)


async def read(file: Path, project: str, cache: Path) -> Stack:
    """The stack of a file, as `homeport stack` reads it."""
    environ = {"COMPOSE_PROJECT_NAME": project, "FROM_HOST": "here"}
    found = await compose.read(
        [file], project=project, directory=file.parent, environ=environ, cache=cache
    )
    return read_stack(
        found.model, hashes=found.hashes, project=project, directory=str(file.parent),
        files=(str(file),),
    )  # fmt: skip


async def create(docker: Docker, stack: Stack) -> None:
    """Everything of a plan that makes something, and starts nothing."""
    hands = Hands(docker, lambda _line: None)
    for step in plan_up(stack, await observe(docker, stack.name, stack)).steps:
        if isinstance(step.action, CreateNetwork | CreateVolume | CreateContainer):
            await hands.perform(step.action)


def docker_compose(file: Path, project: str, *arguments: str) -> str:
    """The real plugin."""
    argv = ["docker", "compose", "-p", project, "-f", str(file), *arguments]
    env = {"COMPOSE_PROJECT_NAME": project, "FROM_HOST": "here", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=env)
    assert 0 == done.returncode, done.stderr
    return done.stdout + done.stderr


async def containers(docker: Docker, project: str) -> dict[str, Any]:
    """Service and number -> what the Engine shows, without what differs anyway."""
    found = await docker.containers(labels=(f"com.docker.compose.project={project}",))
    ids = {c.id: f"{c.service}-{c.labels['com.docker.compose.container-number']}" for c in found}
    return {ids[c.id]: comparable(await docker.inspect(c.id), project, ids) for c in found}


def comparable(found: dict[str, Any], project: str, ids: dict[str, str]) -> dict[str, Any]:
    """A container without its project's name, the ids of its neighbours and its own."""
    own = {found["Id"][:12], found["Name"].strip("/").removesuffix(".staged")}
    kept = {key: value for key, value in found.items() if key not in UNEQUAL}
    kept["Config"] = config(found["Config"], own)
    kept["Networks"] = {
        name: {key: endpoint.get(key) for key in ("IPAMConfig", "DriverOpts")}
        | {"Aliases": sorted({*(endpoint["Aliases"] or ())} - own)}  # its name resolves anyway
        for name, endpoint in (found["NetworkSettings"]["Networks"] or {}).items()
    }
    kept["HostConfig"] = host(found["HostConfig"], project)
    kept["Mounts"] = {mount["Destination"]: mounted(mount, project) for mount in found["Mounts"]}
    text = json.dumps(kept, sort_keys=True)
    for container_id, name in ids.items():
        text = text.replace(container_id, name)
    return dict(json.loads(text.replace(".staged", "").replace(project, "PROJECT")))


def config(found: dict[str, Any], own: set[str]) -> dict[str, Any]:
    """What compose writes in any order, in order; without what only tells who wrote it."""
    labels = {k: v for k, v in found["Labels"].items() if not k.startswith(OWN_LABELS)}
    if labels["com.docker.compose.service"] in SHARING:
        del labels["com.docker.compose.config-hash"]
    depends_on = labels["com.docker.compose.depends_on"].split(",")
    labels["com.docker.compose.depends_on"] = ",".join(sorted(depends_on))
    rest = {k: v for k, v in found.items() if k != "Hostname" or v not in own}
    return {**rest, "Labels": labels, "Env": sorted(found["Env"] or ())}


def host(found: dict[str, Any], project: str) -> dict[str, Any]:
    """The same; what is mounted is compared as it is mounted, however it was asked for."""
    rest = {key: value for key, value in found.items() if key not in ("Binds", "Mounts")}
    policy = found["RestartPolicy"]
    return rest | {
        "RestartPolicy": {**policy, "Name": policy["Name"].replace("no", "")},
        "ExtraHosts": sorted(found["ExtraHosts"] or ()),
        "Ulimits": sorted(found["Ulimits"] or (), key=str),
        "VolumesFrom": [name.removeprefix(f"{project}-") for name in found["VolumesFrom"] or ()],
    }


def mounted(found: dict[str, Any], project: str) -> dict[str, Any]:
    """An anonymous volume has another name each time; `rw` and `z` are the same without SELinux."""
    anonymous = found["Type"] == "volume" and project not in found["Name"]
    return {k: v for k, v in found.items() if k != "Mode"} | (
        {"Name": "", "Source": ""} if anonymous else {}
    )


def differences(theirs: Any, ours: Any, where: str = "") -> list[str]:
    """Each leaf that is not the same."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        keys = sorted({*theirs, *ours})
        return [d for k in keys for d in differences(theirs.get(k), ours.get(k), f"{where}.{k}")]
    return [] if theirs == ours else [f"{where}: {theirs!r}, ours {ours!r}"]


def without_empty(value: Any) -> Any:
    """null, "", [] and {} mean the same to the Engine."""
    if isinstance(value, dict):
        pairs = ((key, without_empty(item)) for key, item in value.items())
        return {key: item for key, item in pairs if item not in (None, "", [], {}, 0, False)}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", sorted(path.stem for path in FILES.glob("*.yaml")))
async def test_what_compose_creates_is_what_homeport_creates(
    name: str, docker: Docker, project: str, theirs: str, tmp_path: Path
) -> None:
    """`docker inspect` of both, container by container."""
    file = FILES / f"{name}.yaml"
    docker_compose(file, theirs, "create")
    expected = without_empty(await containers(docker, theirs))
    docker_compose(file, theirs, "down", "-v")  # static addresses are free again
    await create(docker, await read(file, project, tmp_path))
    actual = without_empty(await containers(docker, project))
    assert sorted(expected) == sorted(actual)
    leaves = [f"{c}{leaf}" for c in expected for leaf in differences(expected[c], actual[c])]
    assert "" == "\n".join(leaves)


async def test_compose_finds_nothing_to_do_after_homeport_and_the_reverse(
    docker: Docker, project: str, tmp_path: Path
) -> None:
    """Hand-over in both directions: the same containers run on."""
    file = FILES / "dependencies.yaml"
    wanted = await read(file, project, tmp_path)
    plan = plan_up(wanted, await observe(docker, project, wanted))
    await execute(plan, Hands(docker, lambda _line: None).perform, lambda _event: None)
    before = sorted(
        c.id for c in await docker.containers(labels=(f"com.docker.compose.project={project}",))
    )
    docker_compose(file, project, "up", "-d")
    after = sorted(
        c.id for c in await docker.containers(labels=(f"com.docker.compose.project={project}",))
    )
    assert before == after
    assert Plan() == plan_up(wanted, await observe(docker, project, wanted))
    docker_compose(file, project, "up", "-d", "--force-recreate")
    assert Plan() == plan_up(wanted, await observe(docker, project, wanted))
    docker_compose(file, project, "down")


async def ids(docker: Docker, project: str) -> set[str]:
    """Of the containers of a project."""
    mine = (f"com.docker.compose.project={project}",)
    return {container.id for container in await docker.containers(labels=mine)}
