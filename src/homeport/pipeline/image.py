"""The image that a job or a service runs in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from weakref import WeakValueDictionary

from homeport.engine.docker import Docker
from homeport.engine.objects import Image
from homeport.errors import EngineError, NotFound
from homeport.model.image import Platform


async def ensure_image(
    docker: Docker, name: str, say: Callable[[str], None], platform: Platform | None = None
) -> str:
    """The id of an image, which is pulled where it is not here.

    The Engine has one platform of a name at a time: the id stays good when another is pulled.

    Raises:
        NotFound: there is no such image, or none for this platform.
        HomeportError: the registry did not answer, or refused.
    """
    async with _one_at_a_time.setdefault(name, asyncio.Lock()):
        return await _ensured(docker, name, say, platform)


# A pull for another platform in between would take the name away. Gone when nobody pulls.
_one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


async def _ensured(
    docker: Docker, name: str, say: Callable[[str], None], platform: Platform | None
) -> str:
    with contextlib.suppress(NotFound):
        if _fits(found := await docker.image(name), platform):
            return found.id
    wanted = f"{name} for {platform}" if platform else name
    try:
        async for line in docker.pull(name, platform=str(platform or "")):
            say(line)
    except EngineError as error:
        raise NotFound(
            f"the image {wanted} cannot be pulled: {error.message}",
            hint="the settings job_images, service_images and job_image name others",
        ) from error
    if not _fits(found := await docker.image(name), platform):
        raise NotFound(f"there is no image {wanted}: what is there is for {found.architecture}")
    return found.id


def _fits(image: Image, platform: Platform | None) -> bool:
    return platform is None or image.architecture == platform.arch
