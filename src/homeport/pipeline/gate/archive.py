"""A tar archive that goes by, member by member: what is looked at, is; the rest is not held. Pure.

Source: POSIX.1-2001, pax; GNU tar, "Basic Tar Format".
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Generator
from dataclasses import dataclass

from homeport.errors import RequestError

_BLOCK = 512
_END = bytes(2 * _BLOCK)
_LARGEST = 4 << 20  # bytes of a member that is read whole
# What stands before a member and says more of it: pax, for all that follow; GNU's long names.
_BEFORE = (b"x", b"g", b"L", b"K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file, a folder or a link in an archive."""

    info: tarfile.TarInfo
    before: bytes  # the headers that say more of it, as they came
    more: dict[str, str]  # what they say: `path`, `size`, ...

    @property
    def name(self) -> str:
        """Its path, without the `./` that some programs write."""
        return self.more.get("path", self.info.name).removeprefix("./").rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """It goes through, behind the headers that are given."""

    header: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A file that gets another content."""

    content: Callable[[bytes], bytes]


class Archive:
    """An archive as it arrives, and as it is to be.

    Args:
        decide: what becomes of a member; it raises where the archive is not to go on.
    """

    def __init__(self, decide: Callable[[Member], Kept | Changed]) -> None:
        self._decide = decide
        self._in, self._out = bytearray(), bytearray()
        self._members = self._passing()
        self._ended = False
        next(self._members)

    def feed(self, data: bytes) -> bytes:
        """What becomes of the next bytes.

        Raises:
            RequestError: they are no archive.
        """
        self._in += data
        self._members.send(None)
        done, self._out = bytes(self._out), bytearray()
        return done

    def end(self) -> bytes:
        """Nothing more comes.

        Raises:
            RequestError: it is cut off.
        """
        if self._ended:
            return b""
        # docker build -f - leaves the zeros out that fill the last block, and the end.
        if (self._in or not self._at_a_member) and not self._filling:
            raise RequestError("the archive is cut off")
        return bytes(self._owed) + _END

    def _passing(self) -> Generator[None, None, None]:
        self._at_a_member, self._filling, self._owed = True, False, 0
        yield
        while (head := (yield from self._read(_BLOCK))).strip(b"\0"):
            self._at_a_member = False
            yield from self._member(head)
            self._at_a_member = True
        self._out += _END
        self._ended = True
        while True:  # what follows the end is nobody's
            self._in.clear()
            yield

    def _member(self, head: bytes) -> Generator[None, None, None]:
        before, more = b"", dict[str, str]()
        while (info := _info(head)).type in _BEFORE:
            said = yield from self._read_member(info.size)
            yield from self._fill(info.size, told=False)
            before += head + _padded(said)
            more |= _said(info, said)
            head = yield from self._read(_BLOCK)
        member = Member(info=info, before=before, more=more)
        match self._decide(member):
            case Kept(header=header):
                self._out += header or before + head
                size = _size(member)
                yield from self._copy(size)
                yield from self._fill(size, told=True)
            case Changed(content=content):
                size = info.size
                new = content((yield from self._read_member(size)))
                info.name, info.size = member.name, len(new)
                self._out += info.tobuf(tarfile.PAX_FORMAT) + _padded(new)
                yield from self._fill(size, told=False)

    def _read(self, size: int) -> Generator[None, None, bytes]:
        while len(self._in) < size:
            yield
        found = bytes(self._in[:size])
        del self._in[:size]
        return found

    def _read_member(self, size: int) -> Generator[None, None, bytes]:
        if size > _LARGEST:
            raise RequestError(f"a member of the archive is over {_LARGEST >> 20} MB")
        return (yield from self._read(size))

    def _copy(self, size: int) -> Generator[None, None, None]:
        while size:
            part = self._in[:size]
            del self._in[: len(part)]
            self._out += part
            size -= len(part)
            if size:
                yield

    def _fill(self, size: int, *, told: bool) -> Generator[None, None, None]:
        """What is left of the last block of a member. `told`: it goes on, as zeros."""
        left, self._filling = _whole(size) - size, True
        while left:
            part = len(self._in[:left])
            del self._in[:part]
            left -= part
            self._out += bytes(part) if told else b""
            self._owed = left if told else 0
            if left:
                yield
        self._filling, self._owed = False, 0


def header(name: str, info: tarfile.TarInfo) -> bytes:
    """A header that says what is known of a member, and nothing else."""
    made = tarfile.TarInfo(name)
    made.type = tarfile.REGTYPE if info.isreg() else info.type
    made.size, made.linkname = info.size, info.linkname
    made.mode = 0o755 if info.isdir() else 0o644
    return made.tobuf(tarfile.USTAR_FORMAT)


def _info(head: bytes) -> tarfile.TarInfo:
    try:
        # The reverse of `tobuf`: it reads a block, and looks for nothing beside it.
        found = tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError as error:
        raise RequestError("this is no tar archive") from error
    sized = found.isreg() or found.type in _BEFORE
    if found.size < 0 or found.type == tarfile.GNUTYPE_SPARSE or (found.size and not sized):
        raise RequestError("a member of the archive is not understood")
    return found


def _size(member: Member) -> int:
    """Bytes of a file: pax says those that a header has no place for."""
    try:
        size = int(member.more.get("size", member.info.size))
    except ValueError as error:
        raise RequestError("a member of the archive has no size") from error
    if size < 0:
        raise RequestError("a member of the archive has no size")
    return size


def _said(info: tarfile.TarInfo, content: bytes) -> dict[str, str]:
    if info.type in (b"L", b"K"):
        key = "path" if info.type == b"L" else "linkpath"
        return {key: content.rstrip(b"\0").decode(errors="surrogateescape")}
    return dict(_records(content))


def _records(content: bytes) -> Generator[tuple[str, str], None, None]:
    """`30 mtime=1350244992.023960108`, with a newline: the length counts itself."""
    while content:
        length, _, _rest = content.partition(b" ")
        size = int(length) if length.isdigit() else 0
        record, content = content[:size], content[size:]
        key, equals, value = record[len(length) + 1 : -1].partition(b"=")
        if not (equals and record.endswith(b"\n") and len(record) == size):
            raise RequestError("a member of the archive is not understood")
        yield key.decode(errors="replace"), value.decode(errors="surrogateescape")


def _whole(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _padded(content: bytes) -> bytes:
    return content + bytes(_whole(len(content)) - len(content))
