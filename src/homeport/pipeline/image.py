"""The image that a job or a service runs in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from homeport.engine.docker import Docker
from homeport.errors import EngineError, NotFound


async def ensure_image(docker: Docker, name: str, say: Callable[[str], None]) -> str:
    """The id of an image, which is pulled where it is not here.

    Raises:
        NotFound: there is no such image.
        HomeportError: the registry did not answer, or refused.
    """
    with contextlib.suppress(NotFound):
        return (await docker.image(name)).id
    try:
        async for line in docker.pull(name):
            say(line)
    except EngineError as error:
        raise NotFound(
            f"the image {name} cannot be pulled: {error.message}",
            hint="the settings job_images, service_images and job_image name others",
        ) from error
    return (await docker.image(name)).id
