"""Dockerfiles on their way from a job's client to BuildKit: FROM may name an image of the job.

BuildKit asks the client for files over the client's session, which is HTTP/2 with the Engine as the
one that asks. What is not a Dockerfile goes through as it is. A Dockerfile gets some bytes longer;
gRPC gives a connection new room as bytes arrive, and a stream has more room than is used here.
Source: BuildKit, session/filesync; fsutil, types/wire.proto and send.go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import hpack

from homeport.errors import RequestError
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
from homeport.pipeline.gate.protobuf import NUMBER, TEXT, field, fields, varint
from homeport.pipeline.grpc import framed

_CALL = b"/moby.filesync.v1.FileSync/DiffCopy"
_FOLDER = b"dockerfile"  # what BuildKit calls the folder of the Dockerfile
_MOST = 40_000  # bytes of a Dockerfile that are held: a stream has room for 65,535
_PIECE = 32_000
_STAT, _DATA = 0, 2  # kinds of packets

Rewrite = Callable[[bytes], bytes]


class Uploads:
    """One session. `rewrite`: what becomes of a Dockerfile."""

    def __init__(self, rewrite: Rewrite) -> None:
        self._rewrite = rewrite
        self._asked, self._answered = Frames(), Frames()
        self._decoder = hpack.Decoder()
        self._preface = len(PREFACE)  # bytes of it that are still to come
        self._headers: list[Frame] = []  # of a block that goes on
        self._folders: dict[int, _Folder] = {}

    def asked(self, data: bytes) -> bytes:
        """What the Engine asks the client for; it goes on as it is."""
        skipped = min(self._preface, len(data))
        self._preface -= skipped
        for frame in self._asked.feed(data[skipped:]):
            if frame.kind in HEADER_KINDS:
                self._block(frame)
        return data

    def answered(self, data: bytes) -> bytes:
        """What the client sends, with its Dockerfiles as they are to be."""
        return b"".join(self._passed(frame) for frame in self._answered.feed(data))

    def _block(self, frame: Frame) -> None:
        self._headers.append(frame)
        if frame.flags & END_HEADERS:
            frames, self._headers = self._headers, []
            headers = list(self._decoder.decode(header_block(frames), raw=True))
            if _is_of_a_dockerfile(headers):
                self._folders[frame.stream] = _Folder(self._rewrite)

    def _passed(self, frame: Frame) -> bytes:
        folder = self._folders.get(frame.stream)
        if folder is None or frame.kind not in (DATA, RST, *HEADER_KINDS):
            return frame.encode()
        if frame.kind == DATA:
            end = frame.flags & END_STREAM
            body = folder.feed(fragment(frame))
            return as_data(body, frame.stream, end) if body or end else b""
        if frame.flags & END_STREAM or frame.kind == RST:
            del self._folders[frame.stream]
        return frame.encode()


class _Folder:
    """The files of one answer."""

    def __init__(self, rewrite: Rewrite) -> None:
        self._rewrite = rewrite
        self._buffer = bytearray()
        self._listed = 0  # the files are asked for by their number
        self._held: dict[int, bytes] = {}

    def feed(self, data: bytes) -> bytes:
        """What becomes of the next bytes; what may be a Dockerfile is held until it is whole."""
        self._buffer += data
        return b"".join(self._message(one) for one in self._messages())

    def _messages(self) -> Iterator[bytes]:
        while len(self._buffer) >= 5:
            size = 5 + int.from_bytes(self._buffer[1:5], "big")
            if len(self._buffer) < size:
                return
            message = bytes(self._buffer[:size])
            del self._buffer[:size]
            yield message

    def _message(self, message: bytes) -> bytes:
        try:
            packet = list(fields(message[5:])) if not message[0] else []
        except RequestError:
            return message
        match _number(packet, 1):
            case kind if kind == _STAT and packet:
                return self._listing(packet)
            case kind if kind == _DATA:
                return self._content(message, packet)
            case _:
                return message

    def _listing(self, packet: list[_Part]) -> bytes:
        """A file that there is. Its time is new, so the Engine asks for what it had before."""
        parts = []
        for key, kind, value in packet:
            if (key, kind) == (2, TEXT):
                path = next((v for k, _, v in fields(value) if k == 1), b"")
                if path and not path.endswith(b".dockerignore"):
                    self._held[self._listed] = b""
                self._listed += 1
                value = _of_now(value)
            parts.append(field(key, kind, value))
        return framed(b"".join(parts))

    def _content(self, message: bytes, packet: list[_Part]) -> bytes:
        """A piece of a file; the last is empty."""
        file = _number(packet, 3)
        piece = next((value for key, _, value in packet if key == 4), b"")
        if file not in self._held:
            return message
        self._held[file] += piece
        if piece and len(self._held[file]) <= _MOST:
            return b""
        held = self._held.pop(file)
        whole = held if piece else self._rewrite(held)
        pieces = [whole[at : at + _PIECE] for at in range(0, len(whole), _PIECE)]
        return b"".join(_data(file, one) for one in pieces + ([] if piece else [b""]))


_Part = tuple[int, int, bytes]


def _is_of_a_dockerfile(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    said = dict(headers)
    return said.get(b":path") == _CALL and said.get(b"dir-name") == _FOLDER


def _number(packet: list[_Part], wanted: int) -> int:
    """A number of a packet; 0 where it says none."""
    for key, kind, value in packet:
        if key == wanted and kind == NUMBER:
            return sum((byte & 0x7F) << 7 * at for at, byte in enumerate(value))
    return 0


def _of_now(stat: bytes) -> bytes:
    kept = [field(*part) for part in fields(stat) if part[0] != 6]
    return b"".join([*kept, field(6, NUMBER, varint(time.time_ns()))])


def _data(file: int, content: bytes) -> bytes:
    parts = [field(1, NUMBER, varint(_DATA))]
    parts += [field(3, NUMBER, varint(file))] if file else []
    parts += [field(4, TEXT, content)] if content else []
    return framed(b"".join(parts))
