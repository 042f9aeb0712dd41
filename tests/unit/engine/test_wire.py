"""Responses are read as h11 reads them, in whatever pieces they arrive; what is none is refused."""

import asyncio
import random
from collections.abc import Iterable
from pathlib import Path

import h11
import pytest

from homeport.engine import wire
from homeport.engine.http import Transport
from homeport.engine.wire import Head, Malformed
from homeport.errors import EngineDown, EngineError

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def in_pieces(data: bytes, size: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    for start in range(0, len(data), size):
        reader.feed_data(data[start : start + size])
    reader.feed_eof()
    return reader


async def read(data: bytes, method: str = "GET", size: int = 7) -> tuple[Head, bytes, bytes]:
    """The head, the body, and what is left of the stream."""
    reader = in_pieces(data, size)
    head = await wire.read_head(reader)
    body = b"".join([part async for part in wire.read_body(reader, head, method)])
    return head, body, await reader.read()


def written_by_h11(rand: random.Random) -> tuple[bytes, str, int, bytes]:
    """A response as an h11 server writes it: its bytes, the method, the status, the body."""
    method = rand.choice(["GET", "GET", "POST", "HEAD"])
    status = rand.choice([200, 201, 204, 304, 404, 500])
    parts = [rand.randbytes(rand.choice([1, 5, 300, 70_000])) for _ in range(rand.randrange(4))]
    empty = method == "HEAD" or status in (204, 304)
    server = h11.Connection(h11.SERVER)
    server.receive_data(f"{method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    server.next_event()
    server.next_event()
    headers = [("Api-Version", "1.41"), ("X-Empty", "")]
    if rand.random() < 0.5:
        headers.append(("Content-Length", str(sum(map(len, parts)))))
    sent = [server.send(h11.InformationalResponse(status_code=100, headers=[]))]
    sent.append(server.send(h11.Response(status_code=status, headers=headers)))
    sent += [server.send(h11.Data(data=part)) for part in parts if not empty]
    sent.append(server.send(h11.EndOfMessage()))
    return (
        b"".join(map(bytes, filter(None, sent))),
        method,
        status,
        b"" if empty else b"".join(parts),
    )


@pytest.mark.parametrize("seed", range(60))
async def test_what_h11_writes_is_read_as_it_was_meant(seed: int) -> None:
    rand = random.Random(seed)
    data, method, status, body = written_by_h11(rand)
    rest = b"HTTP/1.1 200 OK\r\n"
    head, found, left = await read(data + rest, method, rand.choice([1, 3, 1000, 1 << 17]))
    assert (status, body, rest) == (head.status, found, left)
    assert ("1.41", "") == (head.headers["api-version"], head.headers["x-empty"])


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nhello"
    head, body, _ = await read(data)
    assert (b"hello", False) == (body, wire.has_end(head, "GET"))


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        LENGTH.replace(b"5", b"-5"),
        LENGTH.replace(b"5", b"0x5"),
        LENGTH.replace(b"5", b"\xd9\xa5"),
        LENGTH.replace(b": 5", b": 5\r\nContent-Length: 6"),
        LENGTH.replace(b"Content-Length", b"Content Length"),
        LENGTH.replace(b": 5", b": 5\r\nX: a\0b"),
        LENGTH.replace(b": 5", b": 5\r\n folded"),
        LENGTH.replace(b"Content-Length: 5", b"Transfer-Encoding: gzip"),
        CHUNKED + b"hello\r\n",
        CHUNKED + b"2\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"-1\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
    ],
)
async def test_what_is_no_response_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        await read(data)


@pytest.mark.parametrize(
    "data",
    [b"", LENGTH[:9], LENGTH[:-1], b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9"],
)
async def test_a_response_that_ends_too_early_is_a_lost_connection(data: bytes) -> None:
    with pytest.raises(ConnectionResetError):
        await read(data)


@pytest.mark.parametrize(
    "words",
    [
        ("GET", "/a b", []),
        ("GET", "/a\r\nX: y", []),
        ("GET /", "/a", []),
        ("GET", "/", [("X", "a\r\nY: b")]),
        ("GET", "/", [("X: a", "b")]),
    ],
)
def test_a_request_cannot_say_more_than_it_is_meant_to(
    words: tuple[str, str, Iterable[tuple[str, str]]],
) -> None:
    with pytest.raises(Malformed):
        wire.request(*words)


def test_a_request_is_what_h11_writes() -> None:
    headers = [("Host", "docker"), ("Content-Length", "0"), ("X-Registry-Auth", "e30=")]
    client = h11.Connection(h11.CLIENT)
    sent = client.send(h11.Request(method="POST", target="/v1.41/x?all=1", headers=headers))
    assert sent == wire.request("POST", "/v1.41/x?all=1", headers)


# --- connections are used again where they may be


class Server:
    """Answers each request with the next of `answers`; an empty one hangs up."""

    def __init__(self, *answers: bytes) -> None:
        self.answers, self.connections = list(answers), 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while self.answers and await reader.readline():
            while await reader.readline() not in (b"\r\n", b""):
                pass
            answer = self.answers.pop(0)
            writer.write(answer)
            if not answer or b"close" in answer:
                break
        writer.close()


@pytest.fixture
def at(tmp_path: Path) -> str:
    return str(tmp_path / "s")


async def asked(path: str, server: Server, times: int) -> list[int | str]:
    found: list[int | str] = []
    listening = await asyncio.start_unix_server(server.serve, path)
    transport = Transport(f"unix://{path}")
    for _ in range(times):
        try:
            found.append((await transport.call("GET", "/x")).status)
        except (EngineDown, EngineError) as error:
            found.append(error.message)
    transport.close()
    listening.close()
    return found


async def test_a_connection_is_used_again_after_an_error_too(at: str) -> None:
    refused = LENGTH.replace(b"200", b"404")
    server = Server(LENGTH, refused, LENGTH)
    assert ([200, "hello", 200], 1) == (await asked(at, server, 3), server.connections)


async def test_one_that_ends_is_not_used_again(at: str) -> None:
    server = Server(LENGTH.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), LENGTH)
    assert ([200, 200], 2) == (await asked(at, server, 2), server.connections)


async def test_one_that_was_closed_meanwhile_is_not_the_last_word(at: str) -> None:
    server = Server(LENGTH, b"", LENGTH)
    assert ([200, 200], 2) == (await asked(at, server, 2), server.connections)


async def test_a_fresh_one_that_hangs_up_is(at: str) -> None:
    told = "the Docker Engine hung up: the connection was closed"
    assert [told] == await asked(at, Server(b""), 1)


async def test_what_is_no_http_is_told(at: str) -> None:
    told = "the Docker Engine hung up: b'SSH-2.0' begins no response"
    assert [told] == await asked(at, Server(b"SSH-2.0\r\n\r\n"), 1)
