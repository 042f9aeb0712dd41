"""HTTP/2 between a job's client and BuildKit: every call is looked at, the rest goes through.

The frames stay as they are, but for those of a `Solve`, which is held until it is whole. The
headers are decoded beside: both ends keep their own tables.
Source: RFC 9113 (frames), RFC 7541 (HPACK); gRPC over HTTP/2, "Length-Prefixed-Message".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import hpack

from homeport.errors import HomeportError, RequestError
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.solve import (
    SOLVE,
    STEERED,
    check_call,
    check_solve,
    check_steered,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, _HEADERS, RST, _PUSH, _CONTINUATION = 0x0, 0x1, 0x3, 0x5, 0x9
END_STREAM, END_HEADERS, _PADDED, _PRIORITY = 0x1, 0x4, 0x8, 0x20
HEADER_KINDS = (_HEADERS, _CONTINUATION)
_LARGEST = 1 << 24
_WINDOW = 65_535  # what a client may send before anybody took it: a larger Solve cannot be held
_PIECE = 16_384
_DENIED = "7"  # gRPC's PERMISSION_DENIED


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


@dataclass(frozen=True, slots=True)
class Passed:
    """What follows from a frame: bytes for the Engine, and a refusal for the client."""

    onwards: bytes = b""
    back: bytes = b""


class Calls:
    """The client's side of one connection."""

    def __init__(self, scope: Scope, own: Mapping[str, str]) -> None:
        self._scope, self._own = scope, own
        self._frames, self._decoder = Frames(), hpack.Decoder()
        self._preface = b""
        self._headers: list[Frame] = []  # of a block that goes on
        self._solving: dict[int, bytearray] = {}
        self._steered: dict[int, bytearray] = {}
        self._refused: set[int] = set()

    def feed(self, data: bytes) -> Iterator[Passed]:
        """What becomes of bytes from the client.

        Raises:
            RequestError: it is no HTTP/2.
        """
        if len(self._preface) < len(PREFACE):
            need = len(PREFACE) - len(self._preface)
            self._preface, data = self._preface + data[:need], data[need:]
            if not PREFACE.startswith(self._preface):
                raise RequestError("BuildKit is spoken to in HTTP/2")
            if len(self._preface) < len(PREFACE):
                return
            yield Passed(PREFACE)
        for frame in self._frames.feed(data):
            yield self._passed(frame)

    def _passed(self, frame: Frame) -> Passed:
        if frame.kind in HEADER_KINDS:
            return self._block(frame)
        if frame.stream in self._refused:
            return Passed()
        if frame.kind == DATA and frame.stream in self._solving:
            return self._solve(frame)
        if frame.kind == DATA and frame.stream in self._steered:
            return self._steer(frame)
        return Passed(frame.encode())

    def _block(self, frame: Frame) -> Passed:
        """Headers, which may go over several frames: sent on once the call is known."""
        self._headers.append(frame)
        if not frame.flags & END_HEADERS:
            return Passed()
        frames, self._headers = self._headers, []
        block = b"".join([fragment(frames[0]), *(part.payload for part in frames[1:])])
        path = _path(self._decoder.decode(block, raw=True))
        onwards = b"".join(part.encode() for part in frames)
        try:
            check_call(path)
        except HomeportError as error:
            # The Engine has to see the headers: its table of them follows the client's.
            return self._refuse(frame.stream, error, onwards)
        if path == SOLVE:
            self._solving[frame.stream] = bytearray()
        if path == STEERED and self._own:
            self._steered[frame.stream] = bytearray()
        return Passed(onwards)

    def _steer(self, frame: Frame) -> Passed:
        """A part of a build. What is not understood goes through: nothing in it is a right."""
        held = self._steered[frame.stream]
        held += fragment(frame)
        if not (_is_whole(held) or _is_large(held) or frame.flags & END_STREAM):
            return Passed()
        del self._steered[frame.stream]
        body = bytes(held)
        with contextlib.suppress(RequestError):
            body = framed(check_steered(_one_message(body), self._own))
        return Passed(as_data(body, frame.stream, frame.flags & END_STREAM))

    def _solve(self, frame: Frame) -> Passed:
        held = self._solving[frame.stream]
        held += fragment(frame)
        if not _is_whole(held) and len(held) < _WINDOW and not frame.flags & END_STREAM:
            return Passed()
        try:
            message = _one_message(bytes(held))
            checked = check_solve(message, self._scope, self._own)
        except HomeportError as error:
            return self._refuse(frame.stream, error)
        del self._solving[frame.stream]
        return Passed(as_data(framed(checked), frame.stream, frame.flags & END_STREAM))

    def _refuse(self, stream: int, error: HomeportError, before: bytes = b"") -> Passed:
        self._refused.add(stream)
        self._solving.pop(stream, None)
        reset = Frame(RST, 0, stream, (8).to_bytes(4, "big"))  # CANCEL
        said = ". ".join(part for part in (error.message, error.hint) if part)
        return Passed(before + reset.encode(), _refusal(stream, said))


def _path(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return next((v.decode("latin-1") for name, v in headers if name == b":path"), "")


def fragment(frame: Frame) -> bytes:
    """The payload without padding and priority."""
    payload = frame.payload
    if frame.flags & _PADDED:
        payload = payload[1 : len(payload) - payload[0]]
    if frame.kind == _HEADERS and frame.flags & _PRIORITY:
        payload = payload[5:]
    return payload


def _is_whole(held: bytearray) -> bool:
    return len(held) >= 5 and len(held) >= 5 + int.from_bytes(held[1:5], "big")


def _is_large(held: bytearray) -> bool:
    """Whether more will come than its sender may send before anybody took it."""
    return len(held) >= 5 and int.from_bytes(held[1:5], "big") > _WINDOW - 10_000


def framed(message: bytes) -> bytes:
    """A message of gRPC's with its length."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def _one_message(held: bytes) -> bytes:
    size = int.from_bytes(held[1:5], "big")
    if len(held) < 5 or held[0] or len(held) != 5 + size:
        raise RequestError(
            "this build cannot be looked at", hint="its request is compressed, or over 64 KB"
        )
    return held[5:]


def as_data(body: bytes, stream: int, end: int) -> bytes:
    """Bytes in frames of a stream; `end`: the flag of its last."""
    pieces = [body[at : at + _PIECE] for at in range(0, len(body), _PIECE)] or [b""]
    last = len(pieces) - 1
    flags = [end if number == last else 0 for number in range(len(pieces))]
    return b"".join(
        Frame(DATA, flag, stream, piece).encode() for flag, piece in zip(flags, pieces, strict=True)
    )


def _refusal(stream: int, message: str) -> bytes:
    """A gRPC answer that is only trailers; its headers are added to no table."""
    shown = "".join(c if " " <= c <= "~" and c != "%" else "?" for c in message)[:400]
    fields = {"content-type": "application/grpc", "grpc-status": _DENIED, "grpc-message": shown}
    block = b"\x88" + b"".join(_literal(name, value) for name, value in fields.items())
    return Frame(_HEADERS, END_HEADERS | END_STREAM, stream, block).encode()


def _literal(name: str, value: str) -> bytes:
    """A header field without indexing, its name new. Source: RFC 7541, 6.2.2."""
    return b"\0" + _text(name) + _text(value)


def _text(text: str) -> bytes:
    data = text.encode()
    size = len(data)
    if size < 127:
        return bytes((size,)) + data
    rest, out = size - 127, bytearray((127,))
    while rest > 127:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes(out) + bytes((rest,)) + data


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
            if frame.kind in (_HEADERS, _PUSH, _CONTINUATION):
                self._inside = not frame.flags & END_HEADERS
            if not self._inside and inserted:
                out += inserted
                inserted.clear()
        return b"".join(out)

    @property
    def between(self) -> bool:
        """Whether something may be sent now."""
        return not self._inside
