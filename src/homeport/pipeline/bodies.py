"""Archives on their way between a job and the Engine."""

from __future__ import annotations

import asyncio
import bz2
import lzma
import zlib
from collections.abc import AsyncIterator, Callable

from homeport.errors import RequestError
from homeport.pipeline.gate.archive import Archive

Parts = AsyncIterator[bytes]
_PIECE = 1 << 20  # bytes that a compressed archive becomes at once
_MEMORY = 128 << 20  # bytes that xz may use


class _Gzip:
    """zlib's decompressor, as bz2 and lzma have theirs."""

    def __init__(self) -> None:
        self._zlib, self.needs_input = zlib.decompressobj(31), True

    def decompress(self, data: bytes, most: int) -> bytes:
        done = self._zlib.decompress(self._zlib.unconsumed_tail + data, most)
        self.needs_input = not self._zlib.unconsumed_tail and len(done) < most
        return done

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data


_Opened = _Gzip | bz2.BZ2Decompressor | lzma.LZMADecompressor
_KINDS: dict[bytes, Callable[[], _Opened]] = {
    b"\x1f\x8b": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lambda: lzma.LZMADecompressor(memlimit=_MEMORY),
}
_ZSTD = b"\x28\xb5\x2f\xfd"
_LONGEST = 6  # bytes of what a kind begins with


async def passed(parts: Parts, archive: Archive) -> Parts:
    """An archive as it is to be; one that is compressed is not any more.

    Raises:
        RequestError: it is none.
        Forbidden: something in it may not be.
    """
    async for part in _plain(parts):
        if done := archive.feed(part):
            yield done
    if done := archive.end():
        yield done


async def _plain(parts: Parts) -> Parts:
    head = b""
    async for part in parts:
        head += part
        if len(head) >= _LONGEST:
            break
    if head.startswith(_ZSTD):
        raise RequestError("the archive is compressed by zstd", hint="pipe it through zstd -dc")
    kind = next((start for start in _KINDS if head.startswith(start)), b"")
    whole = _after(head, parts)
    async for piece in _opened(whole, kind) if kind else whole:
        yield piece


async def _after(head: bytes, parts: Parts) -> Parts:
    yield head
    async for part in parts:
        yield part


async def _opened(parts: Parts, kind: bytes) -> Parts:
    """What was compressed, in one piece or in several one behind the other, as pigz writes it."""
    one = _KINDS[kind]()
    try:
        async for data in parts:
            while data or not (one.eof or one.needs_input):
                if one.eof and not kind.startswith(data[: len(kind)]):
                    break  # zeros that fill up a block
                one = _KINDS[kind]() if one.eof else one
                yield await asyncio.to_thread(one.decompress, data, _PIECE)
                data = one.unused_data if one.eof else b""
    except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
        raise RequestError(f"the archive cannot be uncompressed: {error}") from error
    if not one.eof:
        raise RequestError("the archive is cut off")
