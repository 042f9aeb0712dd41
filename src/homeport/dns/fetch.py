"""Getting a page of somebody who is not trusted: bounded in size and in time, no redirects."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx


async def fetch(
    client: httpx.AsyncClient, url: str, *, most: int, seconds: float, **more: Any
) -> bytes:
    """What is answered with status 200; b"" for everything else.

    Args:
        client: follows no redirects.
        url: where it is.
        most: bytes of a page; a larger one is none.
        seconds: for the whole exchange.
        **more: as httpx takes it: method, headers, content.
    """
    request = client.build_request(more.pop("method", "GET"), url, **more)
    try:
        async with asyncio.timeout(seconds):
            answer = await client.send(request, stream=True)
            try:
                return await _read(answer, most) if answer.status_code == 200 else b""
            finally:
                await answer.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
        return b""


async def _read(answer: httpx.Response, most: int) -> bytes:
    read = b""
    async for part in answer.aiter_bytes():
        read += part
        if len(read) > most:
            return b""
    return read
