"""The Engine in memory and the real one, asked the same: they answer alike."""

from __future__ import annotations

import pytest

from homeport.engine.docker import Docker
from homeport.errors import EngineError, NotFound
from tests.fake_engine import FakeDocker

IMAGE = "busybox:stable"


@pytest.fixture(params=["fake", "real"])
async def engine(request: pytest.FixtureRequest, docker: Docker) -> Docker:
    """The one, then the other."""
    if request.param == "real":
        return docker
    fake = FakeDocker()
    fake.add_image(IMAGE)
    return fake


def body(project: str, network: str = "") -> dict[str, object]:
    """A container that sleeps."""
    labels = {"com.docker.compose.project": project}
    plain: dict[str, object] = {"Image": IMAGE, "Cmd": ["sleep", "60"], "Labels": labels}
    if not network:
        return plain
    endpoints = {"EndpointsConfig": {network: dict[str, str]()}}
    return {**plain, "NetworkingConfig": endpoints, "HostConfig": {"NetworkMode": network}}


async def test_a_container_lives_and_goes(engine: Docker, project: str) -> None:
    """Created, running, renamed, exited, gone."""
    name, mine = f"{project}-a", (f"com.docker.compose.project={project}",)
    await engine.create_container(name, body(project))
    assert "created" == (await engine.container(name)).state
    await engine.start(name)
    assert [(name, "running")] == [(c.name, c.state) for c in await engine.containers(labels=mine)]
    await engine.rename(name, f"{name}.b")
    with pytest.raises(NotFound):
        await engine.container(name)
    await engine.stop(f"{name}.b", grace=0)
    assert [] == await engine.containers(labels=mine, every=False)
    assert "exited" == (await engine.container(f"{name}.b")).state
    await engine.remove_container(f"{name}.b")
    assert [] == await engine.containers(labels=mine)


async def test_a_name_has_one_container(engine: Docker, project: str) -> None:
    """At creation, and for a rename."""
    await engine.create_container(f"{project}-a", body(project))
    await engine.create_container(f"{project}-b", body(project))
    for attempt in (
        engine.create_container(f"{project}-a", body(project)),
        engine.rename(f"{project}-b", f"{project}-a"),
    ):
        with pytest.raises(EngineError) as refusal:
            await attempt
        assert 409 == refusal.value.status


async def test_what_is_not_there_is_not_found(engine: Docker, project: str) -> None:
    """Containers, images, networks, volumes."""
    for attempt in (
        engine.container(f"{project}-none"),
        engine.start(f"{project}-none"),
        engine.stop(f"{project}-none"),
        engine.rename(f"{project}-none", f"{project}-b"),
        engine.remove_container(f"{project}-none"),
        engine.image(f"{project}-none:latest"),
        engine.remove_network(f"{project}-none"),
        engine.remove_volume(f"{project}-none"),
        engine.create_container(f"{project}-a", {"Image": f"{project}-none:latest"}),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_running_container_is_removed_by_force_only(engine: Docker, project: str) -> None:
    """409."""
    await engine.create_container(f"{project}-a", body(project))
    await engine.start(f"{project}-a")
    with pytest.raises(EngineError) as refusal:
        await engine.remove_container(f"{project}-a")
    assert 409 == refusal.value.status
    await engine.remove_container(f"{project}-a", force=True)


async def test_a_network_is_removed_when_nobody_is_in_it(engine: Docker, project: str) -> None:
    """403 until then; its containers show it."""
    network, name = f"{project}_n", f"{project}-a"
    labels = {"Labels": {"com.docker.compose.project": project}}
    await engine.create_network(network, labels)
    with pytest.raises(EngineError) as refusal:
        await engine.create_network(network, labels)
    assert 409 == refusal.value.status
    await engine.create_container(name, body(project, network))
    await engine.start(name)
    assert [network] == [e.network for e in (await engine.container(name)).endpoints]
    with pytest.raises(EngineError) as refusal:
        await engine.remove_network(network)
    assert 403 == refusal.value.status
    await engine.remove_container(name, force=True)
    await engine.remove_network(network)
    mine = (f"com.docker.compose.project={project}",)
    assert [] == await engine.networks(labels=mine)


async def test_a_volume_is_made_once(engine: Docker, project: str) -> None:
    """Twice does no harm."""
    labels = {"Labels": {"com.docker.compose.project": project}}
    for _ in range(2):
        await engine.create_volume(f"{project}_v", labels)
    mine = (f"com.docker.compose.project={project}",)
    assert [f"{project}_v"] == [v.name for v in await engine.volumes(labels=mine)]
    await engine.remove_volume(f"{project}_v")
    assert [] == await engine.volumes(labels=mine)
