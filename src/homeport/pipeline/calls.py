"""A job's calls of BuildKit: each is looked at, the rest of the connection goes through.

The frames stay as they are, but for those of a `Solve`, which is held until it is whole. The
headers are decoded beside: both ends keep their own tables.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import hpack

from homeport.errors import HomeportError, RequestError
from homeport.pipeline.frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADER_KINDS,
    PREFACE,
    RST,
    Frame,
    Frames,
    as_data,
    fragment,
    header_block,
)
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.solve import (
    SOLVE,
    STEERED,
    check_call,
    check_solve,
    check_steered,
)
from homeport.pipeline.grpc import WINDOW, framed, is_large, is_whole, one_message, refusal

_CANCEL = (8).to_bytes(4, "big")  # an error code of RFC 9113


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
        path = _path(self._decoder.decode(header_block(frames), raw=True))
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
        if not (is_whole(held) or is_large(held) or frame.flags & END_STREAM):
            return Passed()
        del self._steered[frame.stream]
        body = bytes(held)
        with contextlib.suppress(RequestError):
            body = framed(check_steered(one_message(body), self._own))
        return Passed(as_data(body, frame.stream, frame.flags & END_STREAM))

    def _solve(self, frame: Frame) -> Passed:
        held = self._solving[frame.stream]
        held += fragment(frame)
        if not is_whole(held) and len(held) < WINDOW and not frame.flags & END_STREAM:
            return Passed()
        try:
            message = one_message(bytes(held))
            checked = check_solve(message, self._scope, self._own)
        except HomeportError as error:
            return self._refuse(frame.stream, error)
        del self._solving[frame.stream]
        return Passed(as_data(framed(checked), frame.stream, frame.flags & END_STREAM))

    def _refuse(self, stream: int, error: HomeportError, before: bytes = b"") -> Passed:
        self._refused.add(stream)
        self._solving.pop(stream, None)
        reset = Frame(RST, 0, stream, _CANCEL)
        said = ". ".join(part for part in (error.message, error.hint) if part)
        return Passed(before + reset.encode(), refusal(stream, said))


def _path(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return next((v.decode("latin-1") for name, v in headers if name == b":path"), "")
