"""Create a container as a plan says; what only the Engine knows is put in: images and ids."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any, cast

from homeport.engine.docker import Docker
from homeport.errors import NotFound
from homeport.model.container import base_name
from homeport.model.plan import CreateContainer
from homeport.model.stack import GivenFile
from homeport.stack.hashes import shared_hash
from homeport.stack.labels import CONFIG_HASH, IMAGE

Networks = dict[str, Mapping[str, Any]]


async def create(docker: Docker, action: CreateContainer) -> None:
    """Create it, in all of its networks.

    Raises:
        HomeportError: the Engine does not; its own sentence says why.
    """
    body = dict(action.body)
    image = await docker.image(str(body["Image"]))
    body["Labels"] = {**(body.get("Labels") or {}), IMAGE: image.id}
    if action.hashed:
        ids = {service: await _id(docker, name) for service, name in action.shares.items()}
        body["Labels"][CONFIG_HASH] = shared_hash(action.hashed, ids)
    body["HostConfig"] = await _by_id(docker, dict(body.get("HostConfig") or {}))
    first, rest = _split(action, at_once=docker.many_networks_at_creation)
    if first:
        body["NetworkingConfig"] = {"EndpointsConfig": first}
    await docker.create_container(action.target, body, platform=action.platform)
    for network, settings in rest.items():
        await docker.connect(network, action.target, settings)


def archive(files: Iterable[GivenFile]) -> bytes:
    """A tar of the files, to be unpacked at /."""
    import tarfile  # 4 ms that most stacks do not need

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as packed:
        for file in files:
            content = file.content.encode()
            entry = tarfile.TarInfo(file.path.lstrip("/"))
            entry.size, entry.mode = len(content), file.mode
            entry.uid, entry.gid = file.uid, file.gid
            packed.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _split(action: CreateContainer, *, at_once: bool) -> tuple[Networks, Networks]:
    """What is joined at creation, and what after it: Engines below API 1.44 take one."""
    networks = dict(action.networks)
    if at_once or len(networks) < 2:
        return networks, {}
    mode = str((action.body.get("HostConfig") or {}).get("NetworkMode", ""))
    first = mode if mode in networks else next(iter(networks))
    return {first: networks.pop(first)}, networks


async def _by_id(docker: Docker, host: dict[str, object]) -> dict[str, object]:
    """A namespace is joined by id: the name of the other container is going to change."""
    for key in ("NetworkMode", "IpcMode", "PidMode"):
        kind, _, other = str(host.get(key, "")).partition(":")
        if kind == "container":
            host[key] = f"container:{await _id(docker, other)}"
    if host.get("VolumesFrom"):
        pairs = [str(source).partition(":") for source in cast("list[str]", host["VolumesFrom"])]
        host["VolumesFrom"] = [await _id(docker, n) + colon + mode for n, colon, mode in pairs]
    return host


async def _id(docker: Docker, name: str) -> str:
    """The id of a container; it may have taken its place meanwhile."""
    try:
        return str((await docker.inspect(name))["Id"])
    except NotFound:
        return str((await docker.inspect(base_name(name)))["Id"])
