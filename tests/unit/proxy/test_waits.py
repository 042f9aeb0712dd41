"""What a rollout waits for at the proxy."""

from __future__ import annotations

from pathlib import Path

from homeport.proxy.apply import Proxy
from homeport.proxy.waits import Switch
from tests.fake_engine import FakeDocker


async def test_a_container_that_could_never_be_routed_needs_no_drain(tmp_path: Path) -> None:
    """Its wish was refused: nothing of it is in flight, and its end is not held up."""
    docker = FakeDocker(every_image=True)
    await docker.create_container("old", {"Image": "app"})
    await docker.start("old")
    found = await docker.container("old")
    docker.change(found, env={"VIRTUAL_HOST": "no host; }"})
    proxy = Proxy(docker, tmp_path, "nginx")
    await Switch(docker, proxy, followed=True).drained("old", 60)
