"""The Engine's client, against the real Engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from homeport.engine.docker import Docker
from homeport.errors import EngineDown, EngineError, NotFound, RequestError
from homeport.model.container import Health
from tests.eventually import eventually

IMAGE = "busybox:stable"


def body(project: str, *command: str, **host: Any) -> dict[str, Any]:
    """A small container of a test's project."""
    return {
        "Image": IMAGE,
        "Cmd": list(command),
        "Labels": {"com.docker.compose.project": project},
        "HostConfig": host,
    }


async def test_a_container_lives_and_is_seen_at_every_stage(docker: Docker, project: str) -> None:
    """Create, start, rename, stop, remove."""
    name = f"{project}-web-1"
    await docker.create_container(f"{name}.staged", body(project, "sleep", "60"))
    states = [(await docker.container(f"{name}.staged")).state]
    await docker.start(f"{name}.staged")
    await docker.rename(f"{name}.staged", name)
    states.append((await docker.container(name)).state)
    await docker.stop(name, grace=0)
    found = await docker.container(name)
    states.append(found.state)
    await docker.remove_container(name)
    with pytest.raises(NotFound):
        await docker.container(name)
    assert ["created", "running", "exited"] == states
    assert 137 == found.exit_code


async def test_a_list_tells_state_health_and_exit_status(docker: Docker, project: str) -> None:
    """Without an inspect for each."""
    check = {"Test": ["CMD", "true"], "Interval": 100_000_000, "Retries": 1}
    await docker.create_container(
        f"{project}-a", {**body(project, "sleep", "60"), "Healthcheck": check}
    )
    await docker.create_container(f"{project}-b", body(project, "sh", "-c", "exit 3"))
    await asyncio.gather(docker.start(f"{project}-a"), docker.start(f"{project}-b"))

    expected = {
        f"{project}-a": ("running", Health.HEALTHY, 0),
        f"{project}-b": ("exited", Health.NONE, 3),
    }

    async def as_expected() -> bool:
        found = await docker.containers(labels=(f"com.docker.compose.project={project}",))
        assert expected == {c.name: (c.state, c.health, c.exit_code) for c in found}
        return True

    await eventually(as_expected)


async def test_output_comes_back_in_order_from_logs_and_from_a_command(
    docker: Docker, project: str
) -> None:
    """Both streams, as lines; a command's status."""
    name = f"{project}-web"
    await docker.create_container(name, body(project, "sh", "-c", "echo one; echo two; sleep 60"))
    await docker.start(name)

    async def both_lines() -> bool:
        return ["one", "two"] == await docker.tail(name)

    await eventually(both_lines)
    assert (3, b"hello\n") == await docker.run_in(name, ["sh", "-c", "echo hello; exit 3"])


async def test_events_tell_what_happens_while_it_happens(docker: Docker, project: str) -> None:
    """From the moment of subscribing."""
    name = f"{project}-web"
    seen = []
    async with docker.happenings(kinds=("container",)) as events:
        await docker.create_container(name, body(project, "sleep", "60"))
        await docker.rename(name, f"{name}.draining")
        async with asyncio.timeout(10):
            async for event in events:
                if event.attributes.get("com.docker.compose.project") == project:
                    seen.append(event.action)
                if event.action == "rename":
                    break
    assert ["create", "rename"] == seen


async def test_a_container_joins_and_leaves_networks(docker: Docker, project: str) -> None:
    """With its aliases."""
    labels = {"Labels": {"com.docker.compose.project": project}}
    await docker.create_network(f"{project}_a", labels)
    await docker.create_container(f"{project}-web", body(project, "sleep", "60"))
    await docker.start(f"{project}-web")
    await docker.connect(f"{project}_a", f"{project}-web", {"Aliases": ["web"]})
    joined = {e.network: e for e in (await docker.container(f"{project}-web")).endpoints}
    await docker.disconnect(f"{project}_a", f"{project}-web")
    left = {e.network for e in (await docker.container(f"{project}-web")).endpoints}
    assert "web" in joined[f"{project}_a"].aliases
    assert f"{project}_a" not in left


async def test_what_the_engine_refuses_is_said_in_its_own_words(
    docker: Docker, project: str
) -> None:
    """A name that is taken."""
    await docker.create_container(f"{project}-web", body(project, "sleep", "60"))
    with pytest.raises(EngineError, match="already in use") as caught:
        await docker.create_container(f"{project}-web", body(project, "sleep", "60"))
    assert 409 == caught.value.status


async def test_many_calls_at_once_share_a_few_connections(docker: Docker) -> None:
    """None is lost, and none gets the answer of another."""
    images = await asyncio.gather(*(docker.image(IMAGE) for _ in range(50)))
    assert 1 == len({image.id for image in images})


async def test_an_engine_that_is_down_is_said_so_with_a_hint(tmp_path: Path) -> None:
    """Exit status 3."""
    docker = Docker(f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(EngineDown, match="does not answer") as caught:
        await docker.containers()
    assert 3 == caught.value.exit_status
    assert "homeport doctor" in caught.value.hint


def test_a_docker_host_that_is_not_understood_is_refused() -> None:
    """With those that are."""
    with pytest.raises(RequestError, match="is not understood"):
        Docker("ssh://box")
