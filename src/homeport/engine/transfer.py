"""An image from one Engine to another: `docker save` there, `docker load` here, through a pipe."""

from __future__ import annotations

import asyncio
import os

from homeport.engine import process
from homeport.errors import HomeportError, Unavailable


async def fetch_image(host: str, reference: str) -> None:
    """Bring an image from the Engine at `host` (a DOCKER_HOST) to this one.

    Raises:
        HomeportError: it could not be read there, or not be loaded here.
    """
    read, write = os.pipe()
    try:
        there = await _start(("save", reference), {"DOCKER_HOST": host}, stdout=write)
        here = await _start(("load", "--quiet"), {}, stdin=read)
    finally:
        os.close(read)
        os.close(write)
    try:
        results = await asyncio.gather(there.communicate(), here.communicate())
    finally:
        await asyncio.gather(process.end(there), process.end(here))
    for ended, (_, complaint) in zip((there, here), results, strict=True):
        if ended.returncode:
            why = complaint.decode(errors="replace").strip().splitlines()[-1:]
            raise HomeportError(f"{reference} could not be brought from {host}: {''.join(why)}")


async def architecture_of(host: str) -> str:
    """The architecture of the Engine at `host`, as it calls it itself.

    Raises:
        Unavailable: it does not answer.
    """
    argv = ["docker", "version", "--format", "{{.Server.Arch}}"]
    done = await process.run(argv, env={"DOCKER_HOST": host}, seconds=30)
    if done.status or not done.text.strip():
        hint = "does `docker -H HOST version` work for the user who runs homeport?"
        why = done.complaint.rpartition("stderr=")[2]  # ssh's own words, at the end of docker's
        raise Unavailable(f"the Engine at {host} does not answer: {why}", hint=hint)
    return done.text.strip()


async def _start(
    arguments: tuple[str, ...],
    env: dict[str, str],
    *,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = asyncio.subprocess.DEVNULL,
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "docker",
        *arguments,
        env={**os.environ, **env},
        stdin=stdin,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
