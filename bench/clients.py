"""The clients of the mixed load, in a process of their own: `python -m bench.clients MIX`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import math
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass

from bench.mixed import QUANTILES, TIMEOUT, Mix, Seen

# Seconds for which nginx leaves an idle connection alone, also when a reload retires its worker:
# keepalive_min_timeout (5), less the way there. To be closed earlier is to fail.
KEPT = 4.0
NOTABLE = 0.1  # seconds from which on a fast request is told with its time
FAST = ("get", "post", "new")  # what the longest pause is looked for in
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """How many, and the smallest that is at least as long as this share of them."""
    ordered = sorted(seconds)
    ranks = {name: math.ceil(share * len(ordered)) for name, share in QUANTILES.items()}
    return {"count": len(ordered)} | {name: ordered[rank - 1] for name, rank in ranks.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that was read whole."""

    status: int
    body: bytes
    keeps: bool  # whether its connection can be asked again


class Unanswered(EOFError):
    """Closed before the first byte of the answer."""


async def read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """The status and the header fields, with lower-case names."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        raise Unanswered("closed without an answer") from None
    first, *lines = head.decode("latin-1").splitlines()[:-1]
    fields = (line.partition(":") for line in lines)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in fields}


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """A whole response; ValueError where it does not say how long it is."""
    status, fields = await read_head(reader)
    if "content-length" not in fields:
        raise ValueError("an answer without Content-Length")
    body = await reader.readexactly(int(fields["content-length"]))
    return Answer(status, body, fields.get("connection", "").lower() != "close")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One client: what it asks again and again."""

    kind: str
    request: bytes
    pause: float  # seconds between two requests, on average
    expected: bytes | None = None  # the body of the answer
    keeps: bool = True  # its connection


def visitors(mix: Mix) -> Iterator[Visitor]:
    """All but the WebSocket."""
    for host in mix.hosts:
        get = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        yield from [Visitor("get", get, 0.02)] * mix.gets
        yield from [Visitor("new", get, 0.05, keeps=False)] * mix.fresh
        # Someone who reads: nginx may close the connection meanwhile, or be about to.
        yield Visitor("get", get, 5.0)
        yield from [Visitor("slow", get.replace(b"/", b"/slow?s=2", 1), 0.5)] * mix.slow
        for size in mix.posts:
            body = random.randbytes(size)
            head = f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n"
            expected = f"{hashlib.sha256(body).hexdigest()} {size}"
            pause = 0.05 if size < 10_000 else 0.25
            yield Visitor("post", head.encode() + body, pause, expected.encode())


class Tally:
    """What all clients saw, and whether they are to end."""

    def __init__(self, mix: Mix) -> None:
        self.mix, self.seen, self.over = mix, Seen(), asyncio.Event()
        self._seconds: dict[str, list[float]] = {}
        self._failures: Counter[str] = Counter()

    async def rest(self, seconds: float) -> bool:
        """Wait, and return whether to go on."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.over.wait()
        return not self.over.is_set()

    @contextlib.asynccontextmanager
    async def request(self, kind: str) -> AsyncIterator[None]:
        """Count a request; one that raises or takes too long has failed."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(TIMEOUT):
                yield
        except TimeoutError:
            self._fail(kind, f"not within {TIMEOUT:g} s")
        except (OSError, EOFError, ValueError) as error:
            self._fail(kind, str(error) or type(error).__name__)
        self._count(kind, time.monotonic() - began)

    def _count(self, kind: str, seconds: float) -> None:
        self._seconds.setdefault(kind, []).append(seconds)
        if kind in FAST and seconds >= NOTABLE:
            self.seen.waits.append((time.time(), seconds))
        if sum(map(len, self._seconds.values())) >= self.mix.most:
            self.over.set()

    def _fail(self, kind: str, why: str) -> None:
        self._failures[f"{kind}: {why}"] += 1
        if len(self.seen.examples) < 20:
            self.seen.examples.append(f"{time.time():.3f} {kind}: {why}")

    def finish(self) -> Seen:
        """All of it."""
        self.seen.kinds = {kind: summary(found) for kind, found in sorted(self._seconds.items())}
        self.seen.failures = dict(self._failures)
        return self.seen


class Line:
    """A connection to the proxy, opened when it is needed."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._streams: Streams | None = None
        self._used = 0.0

    async def visit(self, visitor: Visitor) -> None:
        """Ask until the load is over."""
        while await self._tally.rest(visitor.pause * random.uniform(0.5, 1.5)):
            async with self._tally.request(visitor.kind):
                answer = await self._ask(visitor)
                if answer.status != 200 or visitor.expected not in (None, answer.body):
                    raise ValueError(f"{answer.status} {answer.body[:80].decode(errors='replace')}")
        self._close()

    async def _ask(self, visitor: Visitor) -> Answer:
        if self._streams and self._streams[0].at_eof():
            self._close()
            self._tally.seen.reconnected += 1
        # As every browser does, but of a connection that was in use it is a failure.
        again = self._streams and not visitor.expected and time.monotonic() - self._used > KEPT
        try:
            return await self._exchange(visitor)
        except (ConnectionError, Unanswered):
            if not again:
                raise
        self._tally.seen.repeated += 1
        return await self._exchange(visitor)

    async def _exchange(self, visitor: Visitor) -> Answer:
        kept, self._streams = self._streams, None
        reader, writer = kept or await connect(self._tally.mix)
        try:
            writer.write(visitor.request)
            answer = await read_answer(reader)
        except BaseException:
            writer.transport.abort()
            raise
        self._used = time.monotonic()
        self._streams = (reader, writer)
        if not (visitor.keeps and answer.keeps):
            self._close()
        return answer

    def _close(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None


async def connect(mix: Mix) -> Streams:
    """A new connection to the proxy."""
    return await asyncio.open_connection("127.0.0.1", mix.port)


class Conversation:
    """A frame every 0.2 s, and its echo; a new WebSocket when the server closes this one."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._streams: Streams | None = None
        self._since = 0.0

    async def converse(self) -> None:
        """Until the load is over."""
        while await self._tally.rest(0.2):
            if self._streams and self._streams[0].at_eof():
                self._closed(self._streams[1])
            async with self._tally.request("websocket"):
                await self._turn()
        if self._streams:
            self._streams[1].close()

    async def _turn(self) -> None:
        streams, self._streams = self._streams, None
        if streams is None:
            streams, self._since = await shake_hands(self._tally.mix), time.monotonic()
        try:
            await echo(*streams)
        except (EOFError, ConnectionError):
            # At the end of the drain time, a frame may be under way.
            self._closed(streams[1])
            if self._tally.seen.lives[-1] < self._tally.mix.drain:
                raise
        else:
            self._streams = streams

    def _closed(self, writer: asyncio.StreamWriter) -> None:
        self._tally.seen.lives.append(time.monotonic() - self._since)
        writer.close()
        self._streams = None


async def shake_hands(mix: Mix) -> Streams:
    """A new WebSocket; ValueError where the answer is not 101."""
    reader, writer = await connect(mix)
    key = base64.b64encode(os.urandom(16)).decode()
    fields = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
    rest = f"Host: {mix.hosts[0]}\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n"
    writer.write(f"GET /ws HTTP/1.1\r\n{rest}".encode())
    status, _ = await read_head(reader)
    if status != 101:
        writer.close()
        raise ValueError(f"{status} to a WebSocket's handshake")
    return reader, writer


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a text of 16 bytes, and read it; ValueError where it is another."""
    text = os.urandom(8).hex().encode()
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(text))
    writer.write(bytes([0x81, 0x80 | len(text)]) + mask + masked)
    found = await reader.readexactly(2 + len(text))
    if found != bytes([0x81, len(text)]) + text:
        raise ValueError(f"another echo: {found!r}")


async def load(mix: Mix) -> Seen:
    """All clients at once, until stdin ends."""
    tally, loop = Tally(mix), asyncio.get_running_loop()
    loop.add_reader(sys.stdin, tally.over.set)
    loop.call_later(mix.longest, tally.over.set)
    async with asyncio.TaskGroup() as clients:
        for visitor in visitors(mix):
            clients.create_task(Line(tally).visit(visitor))
        if mix.websocket:
            clients.create_task(Conversation(tally).converse())
        await _watch_the_clock(tally)
    return tally.finish()


async def _watch_the_clock(tally: Tally) -> None:
    due = time.monotonic()
    while await tally.rest(0.05):
        tally.seen.late = max(tally.seen.late, time.monotonic() - due - 0.05)
        due = time.monotonic()


if __name__ == "__main__":
    wanted = Mix(**json.loads(sys.argv[1]))
    print(json.dumps(asdict(asyncio.run(load(wanted)))))
