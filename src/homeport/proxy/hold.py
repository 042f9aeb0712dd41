"""Requests that nobody can answer yet: held until somebody can, within a bound.

nginx keeps the request and its body, and asks here, at a Unix socket. The answer is an
X-Accel-Redirect with the address to go on to, or a 503 that says why. Asked, too, for a request
whose upstream could not be reached: it may have crashed a moment ago, and be back in another.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from homeport.engine.sockets import accepts
from homeport.model.route import Upstream

# RFC 9110, 9.2.2: what may be sent again though it may have been carried out.
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_TRIES = 4  # one that crashes at a request is not sent it for ever
_LOOK = 0.02  # seconds between two looks at an upstream that does not accept
_MOST = 4096  # requests that are held at once; nginx has 8192 connections for all
_HEAD = 5.0  # seconds in which nginx has to have said what it wants


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Who answers a site now; how long its visitors are held, and what they are told after."""

    upstreams: tuple[Upstream, ...] = ()
    hold: float = 0.0  # seconds for which one is waited for that does not accept
    until: float = 0.0  # of the monotonic clock: how long nobody may answer
    why: str = "no site has this name"
    live: str = ""  # in which of nginx's locations `@live_...` a request goes on
    # Said with the answer, where nginx has not read of the host: HSTS, and the file of passwords.
    hsts: str = ""
    users: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What nginx asks: for which site; and what the upstream did that was tried before."""

    method: str
    site: str
    tried: int = 0  # how often it was sent on
    connected: bool = False  # whether one of them took the connection, and perhaps the request
    status: str = ""  # what nginx made of the last of them: 502, 504

    @property
    def over(self) -> bool:
        """Whether it must not be sent again: it may have been carried out, or took too long."""
        if self.tried >= _TRIES:
            return True
        return self.connected and (self.method not in _REPEATABLE or self.status == "504")


class Holding:
    """The socket at which nginx asks, and those who wait there."""

    def __init__(self, path: Path, outlook: Callable[[str], Outlook]) -> None:
        """`outlook` tells how a site stands, by its name."""
        self._path, self._outlook = path, outlook
        self._changed = asyncio.Event()
        self._turn = 0
        self.held = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Answer nginx meanwhile."""
        self._path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, str(self._path), backlog=_MOST)
        self._path.chmod(0o666)  # nginx's workers are another user; the folder above is closed
        try:
            yield
        finally:
            server.close()

    def look_again(self) -> None:
        """Something changed: those who wait look whether they can go on."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, EOFError, TimeoutError):
            async with asyncio.timeout(_HEAD):
                asked = read_question((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            answer = await _unless_gone(reader, self._answer(asked))
            writer.write(answer)
            await writer.drain()
        writer.close()

    async def _answer(self, asked: Asked) -> bytes:
        if asked.over or self.held >= _MOST:
            return _refusal(int(asked.status or 503), "the container did not answer")
        self.held += 1
        try:
            return await self._wait(asked.site)
        finally:
            self.held -= 1

    async def _wait(self, site: str) -> bytes:
        began = time.monotonic()
        while True:
            changed, outlook = self._changed, self._outlook(site)
            upstream = await self._accepting(outlook.upstreams)
            if upstream:
                return _go_on(outlook, upstream)
            until = began + outlook.hold if outlook.upstreams else outlook.until
            left = until - time.monotonic()
            if left <= 0:
                return _refusal(503, outlook.why)
            pause = min(left, _LOOK) if outlook.upstreams else left
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), pause)

    async def _accepting(self, upstreams: tuple[Upstream, ...]) -> Upstream | None:
        """One that takes connections; each in its turn."""
        self._turn += 1
        for offset in range(len(upstreams)):
            found = upstreams[(self._turn + offset) % len(upstreams)]
            if await accepts(found.address, found.port):
                return found
        return None


async def _unless_gone(reader: asyncio.StreamReader, answer: Coroutine[None, None, bytes]) -> bytes:
    """The answer; "" as soon as nginx waits for it no longer, since its client has gone."""
    tasks = asyncio.ensure_future(answer), asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else b""
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def read_question(head: str) -> Asked:
    """What nginx asks, from the head of its request.

    Raises:
        ValueError: it is no request of nginx's.
    """
    first, *lines = head.split("\r\n")
    fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    names = ("tried", "connected", "said")
    columns = [re.split(", | : ", fields.get(f"x-homeport-{name}", "")) for name in names]
    # This socket is among those that were asked, where it was before.
    tried = [row for row in zip(*columns, strict=False) if row[0] and ".sock" not in row[0]]
    # nginx parts by colons what it was sent on to; by commas what it tried by itself, which are as
    # many as it kept connections that the container had closed.
    sent = [one for one in fields.get("x-homeport-tried", "").split(" : ") if one]
    return Asked(
        method=first.split(" ", 1)[0],
        site=fields.get("x-homeport-site", ""),
        tried=sum(".sock" not in one for one in sent),
        connected=any(connected != "-" for _, connected, _ in tried),
        status=tried[-1][2] if tried else "",
    )


def _go_on(outlook: Outlook, upstream: Upstream) -> bytes:
    address = f"[{upstream.address}]" if ":" in upstream.address else upstream.address
    to = f"X-Homeport-Upstream: {address}:{upstream.port}\r\n"
    to += f"X-Homeport-Hsts: {outlook.hsts}\r\n" if outlook.hsts else ""
    to += f"X-Homeport-Users: {outlook.users}\r\n" if outlook.users else ""
    return _message("200 OK", f"X-Accel-Redirect: @live_{outlook.live}\r\n{to}", "")


def _refusal(status: int, why: str) -> bytes:
    names = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
    retry = "Retry-After: 5\r\n" if status == 503 else ""
    name = names.get(status, "Service Unavailable")
    return _message(f"{status} {name}", retry, f"{why}\n")


def _message(status: str, fields: str, body: str) -> bytes:
    content = body.encode()
    plain = "Content-Type: text/plain; charset=utf-8\r\n" if body else ""
    head = f"HTTP/1.1 {status}\r\n{fields}{plain}Content-Length: {len(content)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + content
