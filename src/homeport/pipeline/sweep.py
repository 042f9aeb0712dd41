"""Take away what a job made; what it built stays in the cache."""

from __future__ import annotations

import asyncio
import contextlib

from homeport.engine.docker import Docker
from homeport.errors import HomeportError

_TRIES = 40


async def sweep(docker: Docker, prefix: str, *, but: str = "") -> None:
    """Remove the containers, networks, volumes and image names that begin with a job's prefix.

    `but`: those that begin with this stay.

    Raises:
        EngineDown: the Engine does not answer.
    """

    def left(name: str) -> bool:
        return name.startswith(prefix) and not (but and name.startswith(but))

    containers = [c.name for c in await docker.containers(name=prefix)]
    await asyncio.gather(*(_container(docker, n) for n in containers if left(n)))
    for network in [n.name for n in await docker.networks() if left(n.name)]:
        await _network(docker, network)
    for volume in [v.name for v in await docker.volumes() if left(v.name)]:
        with contextlib.suppress(HomeportError):
            await docker.remove_volume(volume)
    for image in await docker.images():
        for name in [n for n in image["RepoTags"] or () if left(n)]:
            with contextlib.suppress(HomeportError):
                await docker.remove_image(name, prune=False)


async def _container(docker: Docker, name: str) -> None:
    with contextlib.suppress(HomeportError):
        await docker.remove_container(name, force=True, volumes=True)


async def _network(docker: Docker, name: str) -> None:
    """The Engine takes a moment to see that nobody is in it."""
    for _ in range(_TRIES):
        with contextlib.suppress(HomeportError):
            await docker.remove_network(name)
            return
        await asyncio.sleep(0.05)
