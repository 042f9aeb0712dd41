"""An image from one Engine to another: `docker save` there, `docker load` here, through a pipe."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from homeport.engine import process
from homeport.engine.remote import Remote
from homeport.errors import HomeportError


async def fetch_image(remote: Remote, reference: str) -> None:
    """Bring an image from another Engine to this one; there, its name is taken away.

    Raises:
        HomeportError: it could not be read there, or not be loaded here.
    """
    where = await remote.environment()
    try:
        await _brought(remote, where, reference)
    finally:  # else each build would leave one more there; the cache keeps what it was made of
        await process.run(["docker", "rmi", reference], env=where)


async def _brought(remote: Remote, where: Mapping[str, str], reference: str) -> None:
    read, write = os.pipe()
    try:
        there = await _start(("save", reference), where, stdout=write)
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
            raise HomeportError(
                f"{reference} could not be brought from {remote.name}: {''.join(why)}"
            )


async def _start(
    arguments: tuple[str, ...],
    env: Mapping[str, str],
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
