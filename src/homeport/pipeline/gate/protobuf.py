"""Protobuf, as far as it is needed. Pure. Source: protobuf, "Encoding"."""

from __future__ import annotations

from collections.abc import Iterator

from homeport.errors import RequestError

NUMBER, TEXT = 0, 2  # wire types: varint, length-delimited


def fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, wire type and bytes of each field.

    Raises:
        RequestError: the message is cut, or no message.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        start = at
        match tag & 7:
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case 2:
                size, start = _varint(message, at)
                at = start + size
            case 5:
                at += 4
            case _:
                raise RequestError("BuildKit's request is not understood")
        if at > len(message):
            raise RequestError("BuildKit's request is cut")
        yield tag >> 3, tag & 7, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            return value, at
        shift += 7
    raise RequestError("BuildKit's request is cut")


def varint(value: int) -> bytes:
    """A number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(key: int, kind: int, value: bytes) -> bytes:
    """A field of a message."""
    size = varint(len(value)) if kind == TEXT else b""
    return varint(key << 3 | kind) + size + value
