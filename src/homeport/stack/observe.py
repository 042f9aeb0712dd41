"""What is there of a project: a snapshot taken before planning."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from homeport.engine.docker import Docker
from homeport.engine.objects import Image, Network, Volume
from homeport.engine.ports import occupant
from homeport.errors import NotFound
from homeport.model.container import Container
from homeport.model.stack import Stack
from homeport.stack.labels import CONFIG_FILES, FOLDER
from homeport.stack.observed import Observed
from homeport.stack.ports import holders, unpublished, wanted_ports

PROJECT = "com.docker.compose.project"


async def observe(
    docker: Docker, project: str, stack: Stack | None = None, *, folder: str = ""
) -> Observed:
    """Everything of `project`, and the images and external objects that `stack` names.

    `folder`: where it is asked from, to see which other ones it was made in; a stack knows its own.
    """
    here, mine = stack.directory if stack else folder, (f"{PROJECT}={project}",)
    containers, networks, volumes, images, taken = await asyncio.gather(
        docker.containers(labels=mine),
        docker.networks(),
        docker.volumes(),
        _images(docker, stack),
        _taken(docker, project, stack),
    )
    return Observed(
        project=project,
        containers=tuple(containers),
        networks={n.name: n.labels.get(PROJECT, "") for n in networks},
        network_labels={n.name: dict(n.labels) for n in networks if n.labels.get(PROJECT)},
        made=_made(project, networks, volumes),
        volumes={v.name: v.labels.get(PROJECT, "") for v in volumes},
        images={reference: image.id for reference, image in images.items() if image},
        unchecked=frozenset(r for r, i in images.items() if i and not i.has_healthcheck),
        taken=taken,
        folders=frozenset(_folders(containers, here)),
    )


def _made(
    project: str, networks: Iterable[Network], volumes: Iterable[Volume]
) -> dict[str, Mapping[str, Any]]:
    found = {f"network {n.name}": n for n in networks} | {f"volume {v.name}": v for v in volumes}
    mine = {key: one for key, one in found.items() if one.labels.get(PROJECT) == project}
    return {key: one.settings for key, one in mine.items() if one.settings}


def _folders(containers: Iterable[Container], here: str) -> Iterator[str]:
    """The other folders that containers were made from, whose compose files are there still."""
    places = {(c.labels.get(FOLDER, ""), c.labels.get(CONFIG_FILES, "")) for c in containers}
    for folder, files in places:
        is_other = here and folder and folder != here
        if is_other and any(Path(file).is_file() for file in files.split(",")):
            yield folder


async def _taken(docker: Docker, project: str, stack: Stack | None) -> dict[str, str]:
    """Why the ports of the Engine's machine that the stack asks for cannot be had."""
    wanted = wanted_ports(stack) if stack else set()
    if not (stack and wanted):
        return {}
    running = await docker.containers(every=False)
    # What another machine has is not seen from here; its Engine says it when it starts one.
    asked = unpublished(wanted, running) if docker.is_local else []
    occupied = {port: why for port in asked if (why := _occupant(*port))}
    return holders(wanted, project, running, occupied, off=stack.off)


def _occupant(address: str, port: str) -> str:
    number, _, protocol = port.partition("/")
    return occupant(address, int(number), protocol)


async def _images(docker: Docker, stack: Stack | None) -> dict[str, Image | None]:
    references = {s.image for s in stack.services.values()} if stack else set()
    found = await asyncio.gather(*(_image(docker, reference) for reference in references))
    return dict(zip(references, found, strict=True))


async def _image(docker: Docker, reference: str) -> Image | None:
    try:
        return await docker.image(reference)
    except NotFound:
        return None
