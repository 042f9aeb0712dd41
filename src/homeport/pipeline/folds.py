"""A job's log by its phases: the marks that its program leaves, read again. Pure.

Source: travis-build, `travis_fold` and `travis_time`: lines that a viewer takes out of a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# A program may leave its last line open: the mark stands behind it then.
_MARK = re.compile(rb"(?s)(.*)travis_fold:(start|end):([\w.-]{1,80})(?: (\d+))?\r?\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A part of a log, from one byte to another."""

    name: str  # install, script.1
    start: int  # byte offset of its first line
    end: int  # byte offset behind its last
    lines: int
    seconds: float | None  # None: it did not end


def folds(log: Iterable[bytes]) -> Iterator[Fold]:
    """The folds of a log, in the order in which they ended; one that is open comes last.

    Args:
        log: its lines, with their ends.
    """
    offset, count = 0, 0
    name, start, began = "", 0, 0
    for line in log:
        mark = _MARK.fullmatch(line) if b"travis_fold:" in line else None
        count += mark is None or bool(mark[1])
        if mark and mark[2] == b"start":
            name, start, began = mark[3].decode(), offset + len(line), count
        elif mark and mark[3].decode() == name:
            end, seconds = offset + len(mark[1]), int(mark[4] or 0) / 1e9
            yield Fold(name=name, start=start, end=end, lines=count - began, seconds=seconds)
            name = ""
        offset += len(line)
    if name:
        yield Fold(name=name, start=start, end=offset, lines=count - began, seconds=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a log says in one fold, or between two of them."""

    name: str  # install, script.1; "" between folds
    text: bytes
    seconds: float | None  # None: it did not end, or is no fold


def parts(log: Iterable[bytes]) -> Iterator[Part]:
    """The whole log in its order, without the marks; what is empty and no fold is left out.

    A job may have folds of its own within those of its program: what the outer one said before
    stands by itself.

    Args:
        log: its lines, with their ends. It may begin within a fold.
    """
    open_ones, text = list[str](), bytearray()
    for line in log:
        mark = _MARK.fullmatch(line) if b"travis_fold:" in line else None
        if mark is None:
            text += line
            continue
        text += mark[1]
        name = mark[3].decode()
        if mark[2] == b"end":
            yield Part(name=name, text=bytes(text), seconds=int(mark[4] or 0) / 1e9)
            open_ones = open_ones[: open_ones.index(name)] if name in open_ones else open_ones
        else:
            yield from _aside(text)
            open_ones.append(name)
        text = bytearray()
    if open_ones:
        yield Part(name=open_ones[-1], text=bytes(text), seconds=None)
    else:
        yield from _aside(text)


def _aside(text: bytearray) -> Iterator[Part]:
    if text.strip():
        yield Part(name="", text=bytes(text), seconds=None)


def readable(text: str) -> list[str]:
    """A line for people: without a mark; one that closes says how long it took."""
    mark = _MARK.fullmatch(text.encode()) if "travis_fold:" in text else None
    if mark is None:
        return [text]
    before = [mark[1].decode()] if mark[1] else []
    if mark[2] == b"start" or mark[4] is None:
        return before
    return [*before, f"({mark[3].decode()} took {int(mark[4]) / 1e9:.2f} s)"]
