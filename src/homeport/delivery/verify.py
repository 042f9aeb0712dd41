"""What runs is what was built: looked at before anything is started."""

from __future__ import annotations

import json

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, NotFound
from homeport.model.app import Release


async def check_images(docker: Docker, release: Release) -> None:
    """Compare the images of a release with those that the Engine has under their names.

    Raises:
        HomeportError: one is gone, or its name was given to another.
    """
    references = json.loads(release.config)["images"]
    for service, built in release.images.items():
        try:
            found = await docker.image(references[service])
        except NotFound as error:
            raise HomeportError(
                f"the image of {service} in release {release.number} is not here any more",
                hint=f"homeport deploy {release.app} --ref {release.commit[:12]} builds it anew",
            ) from error
        if found.id != built:
            raise HomeportError(
                f"{references[service]} is not the image that was built for release "
                f"{release.number}: {found.id[:19]} instead of {built[:19]}",
                hint="somebody gave its name to another; "
                f"homeport deploy {release.app} --ref {release.commit[:12]} builds it anew",
            )
