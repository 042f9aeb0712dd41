"""What is said of a container that is not ready."""

from __future__ import annotations

import re

import pytest

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.model.plan import AwaitHealthy
from homeport.stack.ready import await_healthy
from tests.engine.conftest import LABEL
from tests.eventually import eventually

pytestmark = pytest.mark.engine


async def test_one_that_was_started_again_is_told_with_the_status_it_ended_with(
    docker: Docker, project: str
) -> None:
    """The Engine shows 0 for a container that runs again."""
    name = f"{project}-crashing"
    body = {
        "Image": "busybox:stable",
        "Cmd": ["sh", "-c", "sleep 0.3; exit 3"],
        "Labels": {LABEL: project},
        "HostConfig": {"RestartPolicy": {"Name": "always"}, "NetworkMode": "none"},
    }
    await docker.create_container(name, body)
    await docker.start(name)

    async def runs_again() -> bool:
        found = await docker.container(name)
        return found.running and found.restarts > 0

    await eventually(runs_again)
    with pytest.raises(HomeportError) as caught:
        await await_healthy(docker, AwaitHealthy(target=name, seconds=5))
    assert re.fullmatch(
        rf"{name} exited with status 3 0\.\d s after it started", caught.value.message
    )
