"""`.dockerignore`, as BuildKit reads it. Pure.

Source: moby/patternmatcher, MatchesUsingParentResults; moby, ignorefile.ReadAll.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from homeport.build.globs import CannotTell, regex_of

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)  # what Go trims
_LARGEST = 50_000  # characters of a file; BuildKit reads lines of 64 KiB
_NO_TEXT = re.compile(r"[\0-\x08\x0e-\x1f\x7f\ufffd]")  # BuildKit's own protocol refuses it


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of the file; `again` puts back what others leave out (`!`)."""

    regex: re.Pattern[str]
    again: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a path is left out, and which patterns hold for all that is below it."""

    ignored: bool = False
    held: tuple[bool, ...] = ()


def read_ignore(text: str) -> tuple[Pattern, ...]:
    """The patterns of a file, in their order.

    Raises:
        CannotTell: only BuildKit knows what one of them means, or whether it is one.
    """
    if len(text) > _LARGEST or _NO_TEXT.search(text):
        raise CannotTell(text[:80])
    lines = (line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n"))
    found = (_line(line) for line in lines if not line.startswith("#"))
    return tuple(_pattern(plain, again) for plain, again in found if plain or again)


def _line(line: str) -> tuple[str, bool]:
    """A pattern as it is compared, and whether it puts back; empty where there is none."""
    text = line.strip(_SPACE)
    again = text.startswith("!")
    plain = text[again:].strip(_SPACE) if again else text
    if not plain:
        return "", again
    plain = _clean(plain)
    plain = plain[1:] if len(plain) > 1 and plain[0] == "/" else plain
    # It is trimmed and cleaned once more, with its mark; what is left may begin with another.
    whole = _clean((again * "!" + plain).strip(_SPACE))
    return (whole[1:], True) if whole.startswith("!") else (whole, False)


def _clean(path: str) -> str:
    """Go's path.Clean."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _pattern(plain: str, again: bool) -> Pattern:
    if not plain:
        raise CannotTell("!")
    return Pattern(re.compile(regex_of(plain)), again)


def judge(path: str, patterns: Sequence[Pattern], above: Verdict) -> Verdict:
    """What becomes of a path in the context: by itself, or by what held for the folder above it.

    As with BuildKit, a pattern that could change nothing is not looked at, and does not hold.
    """
    ignored, held = False, []
    for number, pattern in enumerate(patterns):
        holds = bool(above.held) and above.held[number]
        if not holds and pattern.again == ignored:
            holds = pattern.regex.fullmatch(path) is not None
        held.append(holds)
        ignored = not pattern.again if holds else ignored
    return Verdict(ignored, tuple(held))


def is_ignored(path: str, patterns: Sequence[Pattern]) -> bool:
    """Whether a path in the context is left out: by itself, or with a folder above it."""
    verdict, parts = Verdict(), path.split("/")
    for end in range(1, len(parts) + 1):
        verdict = judge("/".join(parts[:end]), patterns, verdict)
    return verdict.ignored


def puts_back(patterns: Iterable[Pattern]) -> bool:
    """Whether something below a folder that is left out may be in all the same."""
    return any(pattern.again for pattern in patterns)
