"""What the Engine sends without an end: events, progress, output; from bytes to what they mean."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from homeport.engine.objects import Happening


async def json_lines(parts: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    """JSON values, a line each, as they come."""
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.strip():
                yield msgspec.json.decode(line)
    if rest.strip():
        yield msgspec.json.decode(rest)


async def happenings(parts: AsyncIterator[bytes]) -> AsyncIterator[Happening]:
    """Events, as they come."""
    async for found in json_lines(parts):
        actor = found.get("Actor") or {}
        yield Happening(
            kind=found.get("Type", ""),
            action=found.get("Action", ""),
            id=actor.get("ID", ""),
            attributes=actor.get("Attributes") or {},
            time_nano=found.get("timeNano", 0),
        )


async def lines_of(output: AsyncIterator[tuple[int, bytes]]) -> list[str]:
    """Output read to its end, as lines."""
    text = b"".join([data async for _stream, data in output])
    return text.decode(errors="replace").splitlines()


async def raw(parts: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    """The output of a container with a terminal: one stream, without frames."""
    async for part in parts:
        yield 1, part


async def demultiplexed(parts: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    """Frames of the Engine's multiplexed streams: 1 byte stream, 3 zero, 4 length, then bytes."""
    buffer = b""
    async for part in parts:
        buffer += part
        while len(buffer) >= 8:
            stream, length = struct.unpack(">BxxxL", buffer[:8])
            if len(buffer) < 8 + length:
                break
            yield stream, buffer[8 : 8 + length]
            buffer = buffer[8 + length :]
