"""Bytes both ways, once a connection was upgraded."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from homeport.pipeline.gate.dockerfile import with_own_images
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.upstream import Engine
from homeport.pipeline.wire import Wire

_CHUNK = 65536


async def raw(wire: Wire, engine: Engine) -> None:
    """Attach, exec and sessions: what one says, the other hears."""
    forth = _copied(wire.reader, engine.writer, wire.leftover())
    back = _copied(engine.reader, wire.writer, engine.leftover())
    await _until_the_engine_ends(forth, back)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> None:
    while True:
        if data:
            writer.write(data)
            await writer.drain()
        data = await reader.read(_CHUNK)
        if not data:
            break
    if writer.can_write_eof():
        with contextlib.suppress(OSError):
            writer.write_eof()


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def joined(one: Streams, other: Streams) -> None:
    """Two connections: what comes of one goes to the other, until both have ended."""
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_copied(one[0], other[1], b""))
            both.create_task(_copied(other[0], one[1], b""))
    except* OSError:
        pass  # one of them went away
    finally:
        one[1].close()
        other[1].close()


async def session(wire: Wire, engine: Engine, own: Mapping[str, str]) -> None:
    """What BuildKit asks of the client of a build: a Dockerfile may name images of the job.

    `own`: those, as of `own_names`.
    """
    from homeport.pipeline.uploads import Uploads  # hpack: only for who builds upon what it built

    uploads = Uploads(lambda content: with_own_images(content, own))

    async def put(writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    await _until_the_engine_ends(
        _fed(
            wire.reader,
            lambda data: put(engine.writer, uploads.answered(data)),
            wire.leftover(),
            engine.writer,
        ),
        _fed(
            engine.reader,
            lambda data: put(wire.writer, uploads.asked(data)),
            engine.leftover(),
            wire.writer,
        ),
    )


async def control(wire: Wire, engine: Engine, scope: Scope, own: Mapping[str, str]) -> None:
    """BuildKit's control connection: its calls are looked at one by one. `own`: as of `session`."""
    from homeport.pipeline.calls import Calls  # hpack: only for who builds with buildx
    from homeport.pipeline.frames import Boundaries

    calls, boundaries = Calls(scope, own), Boundaries()
    inserted: list[bytes] = []

    async def forth(data: bytes) -> None:
        for passed in calls.feed(data):
            if passed.onwards:
                engine.writer.write(passed.onwards)
            if passed.back:
                inserted.append(passed.back)
        await engine.writer.drain()
        if inserted and boundaries.between:
            wire.writer.write(b"".join(inserted))
            inserted.clear()
            await wire.writer.drain()

    async def back(data: bytes) -> None:
        wire.writer.write(boundaries.feed(data, inserted))
        await wire.writer.drain()

    await _until_the_engine_ends(
        _fed(wire.reader, forth, wire.leftover(), engine.writer),
        _fed(engine.reader, back, engine.leftover(), wire.writer),
    )


async def _fed(
    reader: asyncio.StreamReader,
    take: Callable[[bytes], Awaitable[None]],
    data: bytes,
    writer: asyncio.StreamWriter,
) -> None:
    while True:
        if data:
            await take(data)
        data = await reader.read(_CHUNK)
        if not data:
            break
    with contextlib.suppress(OSError):
        writer.write_eof()


async def _until_the_engine_ends(forth: Awaitable[None], back: Awaitable[None]) -> None:
    sending, hearing = asyncio.ensure_future(forth), asyncio.ensure_future(back)
    try:
        await asyncio.wait({sending, hearing}, return_when=asyncio.FIRST_EXCEPTION)
        for task in (sending, hearing):
            if task.done():
                task.result()
    finally:
        for task in (sending, hearing):
            task.cancel()
        await asyncio.gather(sending, hearing, return_exceptions=True)
