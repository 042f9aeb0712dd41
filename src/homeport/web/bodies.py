"""Bodies of requests from who has not proven anything yet: read up to a limit, and no further."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from homeport.errors import RequestError, TooLarge, Unavailable

_SMALL = 1 << 20  # bytes: what nearly all webhooks stay below
_LARGE_AT_ONCE = 2  # so many larger ones are held in memory
_WITHIN = 30.0  # seconds in which a body has to be there
_LINGER = 2.0  # seconds, and
_DISCARDED = 64 << 20  # bytes that a client may still send when it was refused


class Bodies:
    """Reads bodies. Those that are not small wait for each other, so that memory is bounded."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    async def read(self, request: Request) -> bytes:
        """The body of a request, as it came.

        Raises:
            TooLarge: it is larger than what is taken; the rest was not read.
            RequestError: it took too long, or the client went away.
        """
        if int(request.headers.get("content-length", "0") or 0) > self._largest:
            raise self._too_large()
        try:
            async with asyncio.timeout(_WITHIN):
                return await self._read(request)
        except TimeoutError as error:
            raise Unavailable(f"the body was not there within {_WITHIN:g} s") from error
        except ClientDisconnect as error:
            raise RequestError("the client went away before its body had ended") from error

    async def _read(self, request: Request) -> bytes:
        body = bytearray()
        async with contextlib.AsyncExitStack() as slot:
            waited = False
            async for part in request.stream():
                body += part
                if len(body) > self._largest:
                    raise self._too_large()
                if len(body) > _SMALL and not waited:
                    waited = True
                    await slot.enter_async_context(self._large)
            return bytes(body)

    def _too_large(self) -> TooLarge:
        mebi, size = self._largest >> 20, self._largest >> 10
        return TooLarge(f"the body is larger than {f'{mebi} MiB' if mebi else f'{size} KiB'}")


class Lingering(JSONResponse):
    """An answer to who may still be sending: the connection stays until he has heard it, and ends.

    Closed at once, with bytes unread, the kernel would reset it, and the answer be lost. Left open,
    the server would read what comes for as long as it comes.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: dict[str, Any] = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": [*self.raw_headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                await _discard(receive)
        await send({"type": "http.response.body"})


async def _discard(receive: Receive) -> None:
    left = _DISCARDED
    while left > 0:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return
        left -= len(message.get("body", b""))
