"""The output of a job on its way to its log."""

from __future__ import annotations

import asyncio

from homeport.pipeline.output import Output


def written(*parts: bytes, secrets: tuple[str, ...] = ()) -> list[bytes]:
    """What is written of parts that come at once."""
    found: list[bytes] = []

    async def take() -> None:
        output = Output(found.append, secrets)
        for part in parts:
            output.take(part)
        output.end()

    asyncio.run(take())
    return found


def test_lines_that_come_at_once_are_written_at_once() -> None:
    assert [b"one\ntwo\n"] == written(b"one\n", b"two\n")


def test_a_large_piece_is_not_kept_back() -> None:
    large = b"x" * 65536
    assert [large, b"rest"] == written(large, b"rest")


def test_a_secret_is_masked_though_it_comes_in_two() -> None:
    assert b"it is [secure]!" == b"".join(
        written(b"it is s3c", b"r3t-value!", secrets=("s3cr3t-value",))
    )


def test_what_came_is_written_soon_though_nothing_follows() -> None:
    found: list[bytes] = []

    async def wait() -> None:
        output = Output(found.append)
        output.take(b"one\n")
        async with asyncio.timeout(5):
            while not found:
                await asyncio.sleep(0.01)

    asyncio.run(wait())
    assert [b"one\n"] == found
