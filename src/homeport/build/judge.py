"""Is an image what it says that it is? Its own programs tell.

What is looked at is what the image would start: the program of its ENTRYPOINT or CMD, through links
and `#!`, and its dynamic loader; else a shell. Other files are not: images for the Pi carry an
emulator of the PC, by which they were built.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import posixpath
import tarfile
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from homeport.build.binaries import HEAD, fits, interpreter_of, loader_of, machine_of
from homeport.engine.docker import Docker
from homeport.errors import HomeportError, NotFound
from homeport.model.image import Platform
from homeport.tasks import to_its_end

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHELLS = ("/bin/sh", "/bin/busybox", "/usr/bin/env")
SCAN = "homeport.scan"  # the label of a container that is only looked into
_HOPS = 12  # links, interpreters and loaders that are followed


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A program that was looked at."""

    path: str
    machine: str


async def check_platform(docker: Docker, image: str, platform: Platform) -> Seen | None:
    """Compare an image's programs with its platform; the one that was looked at, None for none.

    Nothing of the image is run.

    Raises:
        HomeportError: it holds programs of another platform.
    """
    found = await _look(docker, image)
    if found and not fits(found.machine, platform):
        raise HomeportError(
            f"the image for {platform} holds programs for {found.machine}: {found.path}",
            hint="is the base image, or what is copied into it, for that platform?",
        )
    return found


async def _look(docker: Docker, image: str) -> Seen | None:
    name = f"homeport-scan-{uuid.uuid4().hex[:12]}"
    body = {"Image": image, "Cmd": ["-"], "Labels": {SCAN: "1"}}
    creating = asyncio.create_task(docker.create_container(name, body))
    try:
        await asyncio.shield(creating)
        config = (await docker.inspect_image(image)).get("Config") or {}
        for path in _candidates(config):
            if seen := await _followed(docker, name, path):
                return seen
    finally:
        await to_its_end(_removed(docker, creating, name))
    return None


async def _removed(docker: Docker, creating: asyncio.Task[str], name: str) -> None:
    """Take the container away, also where this was cancelled while the Engine was making it."""
    with contextlib.suppress(HomeportError):
        await creating
        await docker.remove_container(name, force=True, volumes=True)


async def forget_scans(docker: Docker) -> None:
    """Take away what a daemon that was killed has left."""
    for left in await docker.containers(labels=(SCAN,)):
        with contextlib.suppress(HomeportError):
            await docker.remove_container(left.id, force=True, volumes=True)


def _candidates(config: Mapping[str, Any]) -> Iterator[str]:
    """Where the program is that an image starts; then shells."""
    command: Sequence[str] = [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())]
    environment = dict(line.partition("=")[::2] for line in config.get("Env") or ())
    for word in command[:1]:
        if "/" in word:
            yield posixpath.join(config.get("WorkingDir") or "/", word)
        else:
            folders = (environment.get("PATH") or _PATH).split(":")
            yield from (posixpath.join(folder, word) for folder in folders if folder)
    yield from _SHELLS


async def _followed(docker: Docker, container: str, path: str) -> Seen | None:
    """The program at a path: through links and interpreters; None where there is none."""
    for _ in range(_HOPS):
        try:
            link, head = await _head(docker, container, posixpath.normpath(path))
        except NotFound:
            return None
        if link:
            path = posixpath.join(posixpath.dirname(path), link)
        elif interpreter := interpreter_of(head):
            path = interpreter
        elif machine := machine_of(head):
            return await _with_loader(docker, container, Seen(path=path, machine=machine), head)
        else:
            return None
    return None


async def _with_loader(docker: Docker, container: str, seen: Seen, head: bytes) -> Seen:
    """The program, or its loader where that is of another kind: together they do not run."""
    loader = loader_of(head)
    if not loader:
        return seen
    try:
        link, other = await _head(docker, container, loader)
    except NotFound:
        return seen
    machine = "" if link else machine_of(other)
    return Seen(path=loader, machine=machine) if machine not in ("", seen.machine) else seen


async def _head(docker: Docker, container: str, path: str) -> tuple[str, bytes]:
    """Where a link leads, or the first bytes of a file.

    Raises:
        NotFound: there is none.
    """
    content = b""
    async with docker.get_archive(container, path) as parts:
        content = await _first(parts, HEAD + 4 * tarfile.BLOCKSIZE)
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r|") as archive:
            member = archive.next()
            if member is None or member.isdir():
                raise NotFound(path)
            if member.issym() or member.islnk():
                return member.linkname, b""
            return "", content[member.offset_data : member.offset_data + HEAD]
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise NotFound(path) from error


async def _first(parts: AsyncIterator[bytes], size: int) -> bytes:
    content = b""
    async for part in parts:
        content += part
        if len(content) >= size:
            break
    return content
