"""What the Engine's tests share: a client, and a project that leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator

import pytest

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, NotFound
from tests.eventually import eventually

LABEL = "com.docker.compose.project"


@pytest.fixture
async def docker() -> AsyncIterator[Docker]:
    """A client of the machine's Engine."""
    client = Docker()
    yield client
    client.close()


@pytest.fixture
async def project(docker: Docker) -> AsyncIterator[str]:
    """A project name of its own; everything of it is removed, also after a failure."""
    name = f"hptest-{uuid.uuid4().hex[:8]}"
    yield name
    await remove_project(docker, name)


async def remove_project(docker: Docker, name: str) -> None:
    """Remove every container, network and volume with the project's label."""
    mine = (f"{LABEL}={name}",)
    containers = await docker.containers(labels=mine)
    await asyncio.gather(
        *(docker.remove_container(c.id, force=True, volumes=True) for c in containers)
    )
    for network in await docker.networks(labels=mine):
        await eventually(lambda name=network.id: gone(docker, name))  # type: ignore[misc]
    for volume in await docker.volumes(labels=mine):
        with contextlib.suppress(HomeportError):
            await docker.remove_volume(volume.name)


async def gone(docker: Docker, network: str) -> bool:
    """Whether a network could be removed: the Engine takes a moment to see that nobody is in it."""
    try:
        await docker.remove_network(network)
    except NotFound:
        return True
    except HomeportError:
        return False
    return True
