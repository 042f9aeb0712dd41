"""What has to end does, whatever becomes of who waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from pathlib import Path

from homeport.tasks import to_its_end


async def test_it_goes_on_where_nobody_waits_any_more(tmp_path: Path) -> None:
    """Also while it waits for a connection, whose reader nobody else holds."""
    asked, answer, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        asked.set()
        await answer.wait()
        writer.write(b"done\n")
        writer.close()

    async def work() -> None:
        reader, writer = await asyncio.open_unix_connection(tmp_path / "socket")
        writer.write(b"do it\n")
        await reader.readline()
        writer.close()
        ended.set()

    async with await asyncio.start_unix_server(answers, tmp_path / "socket"):
        waiting = asyncio.create_task(to_its_end(work()))
        await asked.wait()
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        del waiting
        await asyncio.sleep(0.05)
        gc.collect()
        answer.set()
        async with asyncio.timeout(10):
            await ended.wait()


async def test_what_it_makes_is_handed_on() -> None:
    async def made() -> int:
        return 7

    assert 7 == await to_its_end(made())
