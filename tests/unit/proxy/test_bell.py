"""The bell: as many half requests as nginx's workers hear, for as long as there is a reason."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from homeport.proxy.bell import Bell
from homeport.proxy.render import LOUD


class Listener:
    """What listens in nginx's place, and who is connected with it."""

    def __init__(self) -> None:
        self.connected: set[asyncio.StreamWriter] = set()
        self.said: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep one until it hangs up."""
        self.connected.add(writer)
        self.said.append(await reader.read(1))
        await reader.read()
        self.connected.discard(writer)
        writer.close()

    async def has(self, number: int) -> None:
        """Return when so many are connected."""
        async with asyncio.timeout(5):
            while len(self.connected) != number:
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def listening(path: Path) -> AsyncIterator[Listener]:
    """One at this path."""
    listener = Listener()
    server = await asyncio.start_unix_server(listener.serve, str(path))
    try:
        yield listener
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def test_it_rings_until_the_last_reason_is_gone(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "s")
    async with listening(tmp_path / "s") as nginx:
        bell.ring("held")
        bell.ring("counting")
        await nginx.has(LOUD)
        bell.rest("held")
        await asyncio.sleep(0)
        await nginx.has(LOUD)
        bell.rest("counting")
        await nginx.has(0)
        assert [b"G"] * LOUD == nginx.said


async def test_it_rings_again_where_nginx_hung_up(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "s")
    async with listening(tmp_path / "s") as nginx:
        bell.ring("held")
        await nginx.has(LOUD)
        for writer in list(nginx.connected):
            writer.close()
        await nginx.has(0)
        await nginx.has(LOUD)
        bell.rest("held")
        await nginx.has(0)


async def test_it_rings_as_soon_as_nginx_runs(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "s")
    bell.ring("held")
    async with listening(tmp_path / "s") as nginx:
        await nginx.has(LOUD)
        bell.rest("held")
        await nginx.has(0)


async def test_after_a_reload_it_rings_without_a_pause(tmp_path: Path) -> None:
    """Those of before hang up when those that are new were counted."""
    bell = Bell(tmp_path / "s")
    async with listening(tmp_path / "s") as nginx:
        bell.ring("held")
        await nginx.has(LOUD)
        bell.renew()
        await nginx.has(2 * LOUD)
        await nginx.has(LOUD)
        bell.rest("held")
        await nginx.has(0)


async def test_nobody_rings_after_a_reload_without_a_reason(tmp_path: Path) -> None:
    async with listening(tmp_path / "s") as nginx:
        Bell(tmp_path / "s").renew()
        await asyncio.sleep(0.02)
        assert [] == nginx.said


async def test_those_of_before_go_also_where_nginx_hung_up_on_one_of_them(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "s")
    async with listening(tmp_path / "s") as nginx:
        bell.ring("held")
        await nginx.has(LOUD)
        before = next(iter(nginx.connected))
        bell.renew()
        await nginx.has(2 * LOUD)
        before.close()
        await nginx.has(LOUD)
        bell.rest("held")
        await nginx.has(0)
