"""Plans, carried out by the real Engine: what is there afterwards is what was wanted."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.events import Event
from homeport.execute import StepFailed, execute
from homeport.model.plan import Plan
from homeport.model.stack import NetworkSpec, Order, Service, Stack
from homeport.stack.apply import Hands
from homeport.stack.observe import observe
from homeport.stack.plan import plan_down, plan_up


def service(project: str, name: str, version: str, **values: Any) -> Service:
    """The test image's server, in a version."""
    defaults: dict[str, Any] = {
        "image": "homeport-test/app:latest",
        "config_hash": f"{name}-{version}",
        "body": {
            "Env": [f"VERSION={version}"],
            "HostConfig": {"NetworkMode": f"{project}_default"},
        },
        "networks": {f"{project}_default": {"Aliases": [name]}},
        "deadline": 10.0,
        "stop_grace": 1,
    }
    return Service(name=name, **{**defaults, **values})


def stack(project: str, *services: Service) -> Stack:
    """A stack with its default network."""
    labels = {"com.docker.compose.project": project, "com.docker.compose.network": "default"}
    network = NetworkSpec(
        key="default", name=f"{project}_default", body={"Labels": labels, "Driver": "bridge"}
    )
    services_by_name = {s.name: s for s in services}
    return Stack(name=project, services=services_by_name, networks={"default": network})


async def move(docker: Docker, wanted: Stack) -> Plan:
    """Observe, plan, execute."""
    plan = plan_up(wanted, await observe(docker, wanted.name, wanted))
    await execute(plan, Hands(docker, lambda _line: None).perform, _ignore)
    return plan


def _ignore(_event: Event) -> None:
    return


async def names(docker: Docker, project: str) -> dict[str, str]:
    """Container -> state."""
    found = await docker.containers(labels=(f"com.docker.compose.project={project}",))
    return {c.name.removeprefix(f"{project}-"): c.state for c in found}


async def test_a_stack_comes_up_is_left_alone_is_replaced_and_goes(
    docker: Docker, project: str
) -> None:
    """The whole life of a stack, by its plans."""
    one = stack(project, service(project, "web", "1"))
    await move(docker, one)
    assert {"web-1": "running"} == await names(docker, project)
    assert Plan() == await move(docker, one)
    await move(docker, stack(project, service(project, "web", "2")))
    assert {"web-2": "running"} == await names(docker, project)
    down = plan_down(await observe(docker, project))
    await execute(down, Hands(docker, lambda _line: None).perform, _ignore)
    assert {} == await names(docker, project)
    assert not await docker.networks(labels=(f"com.docker.compose.project={project}",))


async def test_a_version_that_exits_at_boot_leaves_the_old_one_and_says_why(
    docker: Docker, project: str
) -> None:
    """The plan back takes the new one away."""
    good = stack(project, service(project, "web", "1"))
    await move(docker, good)
    crashing = service(project, "web", "2")
    crashing = replace(crashing, body={**crashing.body, "Env": ["CRASH=3"]})
    with pytest.raises(StepFailed, match=r"web-2\.staged exited with status 3"):
        await move(docker, stack(project, crashing))
    await move(docker, good)
    assert {"web-1": "running"} == await names(docker, project)


async def test_a_port_nobody_listens_on_names_the_one_that_somebody_does(
    docker: Docker, project: str
) -> None:
    """The most frequent mistake, and its fix."""
    web = service(project, "web", "1", hosts=("a.localhost",), port=9999, deadline=1.0)
    with pytest.raises(HomeportError, match="nothing accepts connections at its port 9999") as e:
        await move(docker, stack(project, web))
    assert (
        "it listens on 5000: VIRTUAL_PORT, or EXPOSE in a Dockerfile, has to name that"
        == e.value.hint
    )


async def test_state_stops_first_and_comes_back_when_its_successor_fails(
    docker: Docker, project: str
) -> None:
    """The old container itself, not a copy of it."""
    db = service(project, "db", "1", order=Order.STOP_FIRST, order_why="writable volume data")
    await move(docker, stack(project, db))
    before = (await docker.container(f"{project}-db-1")).id
    bad = replace(db, config_hash="db-2", body={**db.body, "Env": ["CRASH=1"]})
    with pytest.raises(StepFailed):
        await move(docker, stack(project, bad))
    await move(docker, stack(project, db))
    assert {"db-1": "running"} == await names(docker, project)
    assert before == (await docker.container(f"{project}-db-1")).id


async def test_an_image_that_cannot_be_pulled_is_said_before_anything_is_made(
    docker: Docker, project: str
) -> None:
    """A registry on this machine that is not there."""
    web = service(project, "web", "1", image="127.0.0.1:1/nobody/nothing:1")
    with pytest.raises(StepFailed, match="could not be pulled"):
        await move(docker, stack(project, web))
    assert {} == await names(docker, project)


async def test_what_is_in_an_anonymous_volume_outlives_its_container(
    docker: Docker, project: str
) -> None:
    """`volumes: [/data]`: compose hands it on, and so do we."""
    mount = {"Type": "volume", "Target": "/data"}
    db = service(project, "db", "1")
    db = replace(db, body={**db.body, "HostConfig": {**db.body["HostConfig"], "Mounts": [mount]}})
    await move(docker, stack(project, db))
    await docker.run_in(f"{project}-db-1", ["sh", "-c", "echo kept > /data/file"])
    for version in ("2", "3"):
        await move(docker, stack(project, replace(db, config_hash=f"db-{version}")))
    (name,) = await names(docker, project)
    assert (0, b"kept\n") == await docker.run_in(f"{project}-{name}", ["cat", "/data/file"])
    (volume,) = (await docker.container(f"{project}-{name}")).volumes.values()
    await docker.remove_container(f"{project}-{name}", force=True)
    await docker.remove_volume(volume)
