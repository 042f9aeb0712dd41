"""The frames of HTTP/2, as far as calls are looked at between a job's client and BuildKit.

Source: RFC 9113.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST, _PUSH, _CONTINUATION = 0x0, 0x1, 0x3, 0x5, 0x9
END_STREAM, END_HEADERS, _PADDED, _PRIORITY = 0x1, 0x4, 0x8, 0x20
HEADER_KINDS = (HEADERS, _CONTINUATION)
_PIECE = 16_384  # bytes that a frame may have, where nothing else was agreed on


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of HTTP/2."""

    kind: int
    flags: int
    stream: int
    payload: bytes

    def encode(self) -> bytes:
        """As it goes over the wire."""
        head = len(self.payload).to_bytes(3, "big") + bytes((self.kind, self.flags))
        return head + self.stream.to_bytes(4, "big") + self.payload


class Frames:
    """Bytes that arrive, as frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now."""
        self._buffer += data
        while len(self._buffer) >= 9:
            size = int.from_bytes(self._buffer[:3], "big")
            if len(self._buffer) < 9 + size:
                return
            head, payload = self._buffer[:9], bytes(self._buffer[9 : 9 + size])
            del self._buffer[: 9 + size]
            stream = int.from_bytes(head[5:9], "big") & 0x7FFFFFFF
            yield Frame(head[3], head[4], stream, payload)


def fragment(frame: Frame) -> bytes:
    """The payload without padding and priority."""
    payload = frame.payload
    if frame.flags & _PADDED:
        payload = payload[1 : len(payload) - payload[0]]
    if frame.kind == HEADERS and frame.flags & _PRIORITY:
        payload = payload[5:]
    return payload


def header_block(frames: Sequence[Frame]) -> bytes:
    """The headers that a frame begins and others go on with, as HPACK has them."""
    return b"".join([fragment(frames[0]), *(frame.payload for frame in frames[1:])])


def as_data(body: bytes, stream: int, end: int) -> bytes:
    """Bytes in frames of a stream; `end`: the flag of its last."""
    pieces = [body[at : at + _PIECE] for at in range(0, len(body), _PIECE)] or [b""]
    frames = [Frame(DATA, 0, stream, piece) for piece in pieces[:-1]]
    return b"".join(frame.encode() for frame in [*frames, Frame(DATA, end, stream, pieces[-1])])


class Boundaries:
    """The Engine's side: where something may be put between its frames."""

    def __init__(self) -> None:
        self._frames = Frames()
        self._inside = False  # of a block of headers

    def feed(self, data: bytes, inserted: list[bytes]) -> bytes:
        """The Engine's bytes, with what waits to be inserted where that can be."""
        out = []
        for frame in self._frames.feed(data):
            out.append(frame.encode())
            if frame.kind in (HEADERS, _PUSH, _CONTINUATION):
                self._inside = not frame.flags & END_HEADERS
            if not self._inside and inserted:
                out += inserted
                inserted.clear()
        return b"".join(out)

    @property
    def between(self) -> bool:
        """Whether something may be sent now."""
        return not self._inside
