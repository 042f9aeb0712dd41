"""HTTP/1.1, as far as a client of the Engine or of a registry speaks it.

h11 does more than this, and reads it as this does (tests/unit/engine/test_wire.py compares them);
but importing it is a seventh of what a command that asks the Engine takes to start.
"""

from __future__ import annotations

import re
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader
from collections.abc import AsyncIterator, Iterable

import msgspec

_PART = 65536
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n\0]*)?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_TARGET = re.compile(rb"[\x21-\x7e]+")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_NO_BODY = (204, 304)


class Malformed(Exception):
    """What was said is no HTTP."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a response; names of headers are small."""

    status: int
    headers: dict[str, str]

    @property
    def ends_with_connection(self) -> bool:
        """Whether no further response comes after this one."""
        return "close" in self.headers.get("connection", "").lower()


def request(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of a request.

    Raises:
        Malformed: a part of it would be read as something else.
    """
    start, lines = target.encode(), [(n.encode(), v.encode("latin-1")) for n, v in headers]
    if not _NAME.fullmatch(method.encode()) or not _TARGET.fullmatch(start):
        raise Malformed(f"{method} {target[:80]!r} cannot be asked for")
    for name, value in lines:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Malformed(f"the header {name!r} cannot be sent")
    head = [method.encode() + b" " + start + b" HTTP/1.1", *(n + b": " + v for n, v in lines)]
    return b"\r\n".join([*head, b"", b""])


async def read_head(reader: StreamReader) -> Head:
    """The head of the next response; what is said meanwhile (100 Continue) is passed over.

    Raises:
        Malformed: it is none.
        ConnectionResetError: the connection ended before.
    """
    while True:
        head = _head(await _until(reader, b"\r\n\r\n"))
        if head.status >= 200:
            return head


async def read_body(reader: StreamReader, head: Head, method: str) -> AsyncIterator[bytes]:
    """The body of the response, as it arrives.

    Raises:
        Malformed: it is none.
        ConnectionResetError: the connection ended before the body.
    """
    if method == "HEAD" or head.status in _NO_BODY:
        return
    length = _length(head)
    if length is None:
        while part := await reader.read(_PART):
            yield part
    elif length >= 0:
        async for part in _exactly(reader, length):
            yield part
    else:
        async for part in _chunks(reader):
            yield part


def has_end(head: Head, method: str) -> bool:
    """Whether it is known where the body ends, without the connection ending."""
    return method == "HEAD" or head.status in _NO_BODY or _length(head) is not None


def _length(head: Head) -> int | None:
    """How long the body is: -1 where it comes in chunks, None for until the connection ends."""
    coding, said = head.headers.get("transfer-encoding"), head.headers.get("content-length")
    if coding is not None:
        if coding.lower() != "chunked":
            raise Malformed(f"nobody asked for Transfer-Encoding {coding!r}")
        return -1
    if said is None:
        return None
    if not (said.isascii() and said.isdigit()):
        raise Malformed(f"a body of {said!r} bytes")
    return int(said)


def _head(block: bytes) -> Head:
    first, *lines = block[:-4].split(b"\r\n")
    status = _STATUS.fullmatch(first)
    if not status:
        raise Malformed(f"{first[:80]!r} begins no response")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        value = value.strip(b" \t")
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Malformed(f"{line[:80]!r} is no header")
        key, text = name.decode().lower(), value.decode("latin-1")
        if key == "content-length" and headers.get(key, text) != text:
            raise Malformed(f"a body of {headers[key]} and of {text} bytes")
        headers[key] = text
    return Head(status=int(status[1]), headers=headers)


async def _chunks(reader: StreamReader) -> AsyncIterator[bytes]:
    while True:
        line = await _until(reader, b"\r\n")
        found = _SIZE.fullmatch(line)
        if not found:
            raise Malformed(f"{line[:80]!r} begins no chunk")
        size = int(found[1], 16)
        if not size:
            break
        async for part in _exactly(reader, size):
            yield part
        if await _until(reader, b"\r\n") != b"\r\n":
            raise Malformed("a chunk is longer than it says")
    while await _until(reader, b"\r\n") != b"\r\n":
        pass  # trailers say nothing that is asked for


async def _exactly(reader: StreamReader, left: int) -> AsyncIterator[bytes]:
    while left:
        part = await reader.read(min(left, _PART))
        if not part:
            raise ConnectionResetError("the connection ended in the middle of a response")
        left -= len(part)
        yield part


async def _until(reader: StreamReader, end: bytes) -> bytes:
    try:
        return await reader.readuntil(end)
    except IncompleteReadError as error:
        raise ConnectionResetError("the connection was closed") from error
    except LimitOverrunError as error:
        raise Malformed("a line of a response does not end") from error
