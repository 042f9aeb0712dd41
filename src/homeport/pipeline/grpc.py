"""gRPC, as it lies in the frames of HTTP/2: a message with its length, and an answer that refuses.

Source: gRPC over HTTP/2, "Length-Prefixed-Message" and "Trailers-Only"; RFC 7541 (HPACK).
"""

from __future__ import annotations

from homeport.errors import RequestError
from homeport.pipeline.frames import END_HEADERS, END_STREAM, HEADERS, Frame

WINDOW = 65_535  # what a client may send before anybody took it: a larger message cannot be held
_DENIED = "7"  # PERMISSION_DENIED
_STATUS_200 = b"\x88"  # an entry of HPACK's own table


def is_whole(held: bytearray) -> bool:
    """Whether a message has arrived up to its end."""
    return len(held) >= 5 and len(held) >= 5 + int.from_bytes(held[1:5], "big")


def is_large(held: bytearray) -> bool:
    """Whether more will come than its sender may send before anybody took it."""
    return len(held) >= 5 and int.from_bytes(held[1:5], "big") > WINDOW - 10_000


def framed(message: bytes) -> bytes:
    """A message of gRPC's with its length."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def one_message(held: bytes) -> bytes:
    """The message that stands in the bytes, and nothing else does.

    Raises:
        RequestError: there is more or less, or it is compressed.
    """
    size = int.from_bytes(held[1:5], "big")
    if len(held) < 5 or held[0] or len(held) != 5 + size:
        raise RequestError(
            "this build cannot be looked at", hint="its request is compressed, or over 64 KB"
        )
    return held[5:]


def refusal(stream: int, message: str) -> bytes:
    """A gRPC answer that is only trailers; its headers are added to no table."""
    shown = "".join(c if " " <= c <= "~" and c != "%" else "?" for c in message)[:400]
    fields = {"content-type": "application/grpc", "grpc-status": _DENIED, "grpc-message": shown}
    block = _STATUS_200 + b"".join(_literal(name, value) for name, value in fields.items())
    return Frame(HEADERS, END_HEADERS | END_STREAM, stream, block).encode()


def _literal(name: str, value: str) -> bytes:
    """A header field without indexing, its name new. Source: RFC 7541, 6.2.2."""
    return b"\0" + _text(name) + _text(value)


def _text(text: str) -> bytes:
    """A string with its length. Source: RFC 7541, 5.1 and 5.2."""
    data = text.encode()
    size = len(data)
    if size < 127:
        return bytes((size,)) + data
    rest, out = size - 127, bytearray((127,))
    while rest > 127:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes(out) + bytes((rest,)) + data
