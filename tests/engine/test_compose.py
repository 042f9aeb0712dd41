"""Feature by feature: `docker inspect` of what Compose makes is that of what homeport makes.

Each file of tests/golden/compose is one group of keys.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from homeport.engine import compose
from homeport.engine.compose_project import found_files, project_name
from homeport.engine.docker import Docker
from homeport.execute import execute
from homeport.model.plan import CreateContainer, CreateNetwork, CreateVolume, Plan
from homeport.model.stack import Stack
from homeport.stack.apply import Hands
from homeport.stack.model import read_stack
from homeport.stack.observe import observe
from homeport.stack.plan import plan_up
from tests.engine.conftest import LABEL, remove_project

FILES = Path(__file__).parent.parent / "golden" / "compose"
# homeport makes an alias of a link: one of the Engine's names a container, and ends with it.
GROUPS = sorted({path.stem for path in FILES.glob("*.yaml")} - {"links"})
# What an Engine has once: not that of a run beside this one, or of one that was ended.
_OURS = {
    "HPTEST_NAME": uuid.uuid4().hex[:8],
    "HPTEST_NET": str(random.randrange(1, 255)),
    "HPTEST_PORTS": str(random.randrange(150, 310)),  # the first three digits of them
}
# Ids, times and what follows from them.
_PASSING = {
    "containers": {
        "Id", "Created", "State", "HostnamePath", "HostsPath", "LogPath", "ResolvConfPath",
        "GraphDriver", "NetworkSettings",
    },
    "networks": {"Id", "Created", "Containers"},
    "volumes": {"CreatedAt"},
}  # fmt: skip
# Who wrote them, and not what was written.
_AUTHORS = ("homeport.", "com.docker.compose.version")
_DEPENDS, _HASH = "com.docker.compose.depends_on", "com.docker.compose.config-hash"
# Compose's hash of these holds a neighbour's id, which is another in each project.
_RESOLVED = ("sharing",)
# What some hosts do not start.
_UNSTARTED = ("host",)
_LOOK = """
    for file in /run/secrets/* /one /two /text /etc/absolute /etc/token /etc/two.txt \\
            /etc/text /etc/variable /deep/er/two.txt; do
        test ! -e $file || { stat -c '%n %a %u:%g' $file && cat $file; }
    done
"""


@pytest.fixture
async def theirs(docker: Docker) -> AsyncIterator[str]:
    """A second project, for compose."""
    name = f"hptest-{uuid.uuid4().hex[:8]}"
    yield name
    await remove_project(docker, name)


# -- the two ways


def run(*argv: str) -> str:
    """A program, which has to succeed."""
    env = os.environ | _OURS
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=env)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def docker_compose(group: str, project: str, *arguments: str) -> None:
    """The real plugin."""
    run("docker", "compose", "-p", project, "-f", str(FILES / f"{group}.yaml"), *arguments)


async def read(group: str, project: str, cache: Path) -> Stack:
    """The stack of a group, as homeport reads it."""
    file, environ = FILES / f"{group}.yaml", _OURS | {"COMPOSE_PROJECT_NAME": project}
    found = await compose.read(
        [file], project=project, directory=FILES, environ=environ, cache=cache
    )
    files = (str(file),)
    return read_stack(
        found.model, hashes=found.hashes, project=project, directory=str(FILES), files=files
    )


async def create(docker: Docker, stack: Stack) -> None:
    """What the plan creates, and nothing that it starts."""
    hands = Hands(docker, lambda _line: None)
    for step in plan_up(stack, await observe(docker, stack.name, stack)).steps:
        if isinstance(step.action, CreateNetwork | CreateVolume | CreateContainer):
            await hands.perform(step.action)


async def up(docker: Docker, stack: Stack) -> None:
    """All of the plan."""
    plan = plan_up(stack, await observe(docker, stack.name, stack))
    await execute(plan, Hands(docker, lambda _line: None).perform, lambda _event: None)


# -- what is there


def ids(project: str) -> list[str]:
    """Of the containers of a project."""
    mine = f"label={LABEL}={project}"
    return sorted(run("docker", "ps", "-aq", "--no-trunc", "--filter", mine).split())


def inspect(kind: str, names: Iterable[str]) -> list[dict[str, Any]]:
    """`docker inspect`, without what passes."""
    names = list(names)
    found = json.loads(run("docker", kind.removesuffix("s"), "inspect", *names)) if names else []
    return [{k: v for k, v in one.items() if k not in _PASSING[kind]} for one in found]


def snapshot(project: str) -> dict[str, Any]:
    """All of a project, in terms that do not depend on its name, on ids or on time."""
    mine = f"label={LABEL}={project}"
    names = {
        kind: run("docker", kind, "ls", "-q", "--filter", mine).split()
        for kind in ("network", "volume")
    }
    found = ids(project)
    everything = {
        "containers": [_container(c) for c in json.loads(run("docker", "inspect", *found))],
        "networks": [_network(n) for n in inspect("networks", names["network"]) if _theirs(n)],
        "volumes": [_labelled(v) for v in inspect("volumes", names["volume"])],
    }
    return _nameless(everything, project)


def _theirs(network: dict[str, Any]) -> bool:
    """Whether Compose would make it, too: homeport has one for names that tell who is ready."""
    return not network["Name"].endswith(".inside")


def _nameless(everything: dict[str, Any], project: str) -> dict[str, Any]:
    text = json.dumps(everything)
    for one in everything["containers"]:
        text = text.replace(one["Id"], one["Name"].strip("/"))
    text = text.replace(project, "PROJECT").replace(".staged", "")
    result = {
        kind: {one["Name"]: without_empty(one) for one in many}
        for kind, many in json.loads(text).items()
    }
    for one in result["containers"].values():
        del one["Id"]
    return result


def _container(found: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in found.items() if k not in _PASSING["containers"] or k == "Id"}
    own = {found["Id"][:12], found["Name"].strip("/")}
    config = {k: v for k, v in found["Config"].items() if k != "Hostname" or v not in own}
    networks = found["NetworkSettings"]["Networks"].items()
    return kept | {
        "Config": _labelled(config | {"Env": sorted(config["Env"] or ())}),
        "HostConfig": _host(found["HostConfig"]),
        "Mounts": {m["Destination"]: _mount(m) for m in found["Mounts"]},
        "Networks": {name: _endpoint(endpoint, own) for name, endpoint in networks},
    }


def _host(found: dict[str, Any]) -> dict[str, Any]:
    """In order; a named volume is a mount, also where it was asked for as a bind."""
    volumes = [bind for bind in found["Binds"] or () if not bind.startswith("/")]
    mounts = [*(found.get("Mounts") or ()), *map(_volume, volumes)]
    policy = found["RestartPolicy"]
    return found | {
        "Binds": sorted(set(found["Binds"] or ()) - set(volumes)),
        "ExtraHosts": sorted(found["ExtraHosts"] or ()),
        "Mounts": sorted(mounts, key=lambda mount: str(mount["Target"])),
        "RestartPolicy": policy | {"Name": policy["Name"].removeprefix("no")},
        "Ulimits": sorted(found["Ulimits"] or (), key=str),
    }


def _volume(bind: str) -> dict[str, Any]:
    source, target, mode = bind.split(":")
    mount: dict[str, Any] = {"Type": "volume", "Source": source, "Target": target}
    mount |= {"ReadOnly": True} if "ro" in mode.split(",") else {}
    return mount | ({"VolumeOptions": {"NoCopy": True}} if "nocopy" in mode else {})


def _labelled(found: dict[str, Any]) -> dict[str, Any]:
    """Its labels, but those that say who wrote them; what it depends on, in order."""
    pairs = (found.get("Labels") or {}).items()
    labels = {key: value for key, value in pairs if not key.startswith(_AUTHORS)}
    if _DEPENDS in labels:
        labels[_DEPENDS] = sorted(labels[_DEPENDS].split(","))
    return found | {"Labels": labels}


def _network(found: dict[str, Any]) -> dict[str, Any]:
    """The Engine's own choice of a subnet is another each time."""
    pools = [p for p in found["IPAM"]["Config"] if p["Subnet"].startswith(("10.213.", "fd00:"))]
    return _labelled(found | {"IPAM": {**found["IPAM"], "Config": pools}})


def _mount(found: dict[str, Any]) -> dict[str, Any]:
    """An anonymous volume has another name each time; a volume's mode says what RW does."""
    if found["Type"] != "volume":
        return found
    anonymous = {"Name": "", "Source": ""} if len(found["Name"]) == 64 else {}
    return {k: v for k, v in found.items() if k != "Mode"} | anonymous


def _endpoint(found: dict[str, Any], own: set[str]) -> dict[str, Any]:
    """How it is joined; what the Engine adds, such as its own id among the aliases, left out."""
    kept = {k: found.get(k) for k in ("IPAMConfig", "Links", "DriverOpts", "MacAddress")}
    return kept | {"Aliases": sorted(set(found["Aliases"] or ()) - own)}


def without_empty(value: Any) -> Any:
    """null, "", [] and {} are the same to the Engine."""
    if isinstance(value, dict):
        pairs = ((key, without_empty(item)) for key, item in value.items())
        return {key: item for key, item in pairs if item not in (None, "", [], {})}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def without_hashes(everything: dict[str, Any]) -> dict[str, Any]:
    """All but Compose's hash of each service."""
    for one in everything["containers"].values():
        del one["Config"]["Labels"][_HASH]
    return everything


# -- the tests


@pytest.mark.parametrize("group", GROUPS)
async def test_homeport_creates_what_compose_creates(
    group: str, docker: Docker, project: str, theirs: str, tmp_path: Path
) -> None:
    docker_compose(group, theirs, "create")
    expected = snapshot(theirs)
    docker_compose(group, theirs, "down", "-v")  # addresses are free again
    await create(docker, await read(group, project, tmp_path))
    actual = snapshot(project)
    if group in _RESOLVED:
        expected, actual = without_hashes(expected), without_hashes(actual)
    assert expected == actual


@pytest.mark.parametrize("group", sorted({*GROUPS} - {*_UNSTARTED}))
async def test_neither_finds_anything_to_do_after_the_other(
    group: str, docker: Docker, project: str, tmp_path: Path
) -> None:
    stack = await read(group, project, tmp_path)
    await up(docker, stack)
    ours = ids(project)
    docker_compose(group, project, "up", "-d")
    assert ours == ids(project)
    docker_compose(group, project, "down", "-v", "-t", "0")
    docker_compose(group, project, "up", "-d")
    assert Plan() == plan_up(stack, await observe(docker, project, stack))


@pytest.mark.parametrize("group", ["contents", "files"])
async def test_a_container_is_given_the_files_that_compose_gives_it(
    group: str, docker: Docker, project: str, theirs: str, tmp_path: Path
) -> None:
    """Owner, mode and content, as the process in the container sees them."""
    docker_compose(group, theirs, "up", "-d")
    await up(docker, await read(group, project, tmp_path))
    assert await given(docker, theirs) == await given(docker, project)


async def given(docker: Docker, project: str) -> dict[str, str]:
    """Service -> what it finds where secrets and configs are put."""
    found = await docker.containers(labels=(f"{LABEL}={project}",))
    answers = {c.service: await docker.run_in(c.id, ["sh", "-c", _LOOK]) for c in found}
    assert {0} == {status for status, _ in answers.values()}, answers
    return {name: text.decode().replace(project, "PROJECT") for name, (_, text) in answers.items()}


async def test_the_name_of_a_link_leads_to_the_service_that_it_names(
    docker: Docker, project: str, theirs: str, tmp_path: Path
) -> None:
    docker_compose("links", theirs, "up", "-d")
    expected = await linked(docker, theirs)
    docker_compose("links", theirs, "down", "-t", "0")  # a container_name is free again
    await up(docker, await read("links", project, tmp_path))
    assert {"database": "db", "db": "db", "plain": "plain"} == expected
    assert expected == await linked(docker, project)


async def linked(docker: Docker, project: str) -> dict[str, str]:
    """Name -> the service at the address that it has for service `linking`."""
    found = await docker.containers(labels=(f"{LABEL}={project}",))
    services = {f"({e.address})": c.service for c in found for e in c.endpoints}
    (linking,) = (c.id for c in found if c.service == "linking")
    answers = {
        name: await docker.run_in(linking, ["ping", "-c", "1", "-w", "5", name])
        for name in ("database", "db", "plain")
    }
    said = {name: text.decode().split()[2].rstrip(":") for name, (_, text) in answers.items()}
    return {name: services.get(address, address) for name, address in said.items()}


MEANT: list[tuple[dict[str, str], dict[str, str], str]] = [
    ({"compose.yaml": "services: {a: {image: a}}"}, {}, ""),
    ({"compose.yaml": "name: Said.2\nservices: {a: {image: a}}"}, {}, ""),
    ({"compose.yaml": "name: ${X:-said}\nservices: {a: {image: a}}"}, {"X": "other"}, ""),
    ({"compose.yaml": "name: said\nservices: {a: {image: a}}"}, {}, "in/ner"),
    (
        {
            "compose.yaml": "name: said\nservices: {a: {image: a}}",
            ".env": "COMPOSE_PROJECT_NAME=me",
        },
        {},
        "",
    ),
    (
        {"one.yaml": "name: one\nservices: {a: {image: a}}", "two.yaml": "name: two"},
        {"COMPOSE_FILE": "one.yaml:two.yaml"},
        "",
    ),
    ({"deep/one.yaml": "services: {a: {image: a}}", ".env": "COMPOSE_FILE=deep/one.yaml"}, {}, ""),
]


@pytest.mark.parametrize(("files", "variables", "inner"), MEANT)
def test_the_project_and_its_files_are_those_that_compose_means(
    tmp_path: Path, files: dict[str, str], variables: dict[str, str], inner: str
) -> None:
    """Else a person who changes from one to the other has everything twice."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    folder = tmp_path / inner
    folder.mkdir(parents=True, exist_ok=True)
    link = tmp_path.with_name(f"{tmp_path.name}.link")
    link.symlink_to(tmp_path)
    folder = link / inner
    environ = {"PATH": os.environ["PATH"], "PWD": str(folder), **variables}
    answer = subprocess.run(
        ["docker", "compose", "config", "--format", "json"],
        cwd=folder, env=environ, capture_output=True, check=True,
    )  # fmt: skip
    found = found_files(folder, environ)
    assert json.loads(answer.stdout)["name"] == project_name(found, environ)
