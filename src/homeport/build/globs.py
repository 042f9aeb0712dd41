"""Patterns of paths as BuildKit's file filter reads them, matched in time that hardly grows. Pure.

Anybody who may open a pull request writes them, and Python's `re` walks back and forth for ever in
`a*a*a*a*a*b`. Between two `*` stands something of a fixed length, so that the first place where it
fits is as good as any later one, and nothing has to be tried again (atomic groups). Where that is
not so, or where other versions of BuildKit read a pattern otherwise, nobody can tell before.
Source: moby/patternmatcher, Pattern.compile and Pattern.match; Go, path/filepath.Match.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST = 1_000  # characters of a pattern


class CannotTell(Exception):
    """Only BuildKit knows what a pattern matches."""


class Wild(enum.Enum):
    """What takes as many characters as you like."""

    NAME = "[^/]*"  # `*`: it stays in one folder
    FOLDERS = "(?:.*/)?"  # `**/`: any number of folders
    REST = "(?s:.*)"  # `**` at the end


@dataclass(frozen=True, slots=True)
class One:
    """What takes one character."""

    regex: str
    plain: bool = True  # it stands for itself alone
    slash: bool = False  # it may be a `/`, or anything but some characters


Token = Wild | One

_CLASS = re.compile(r"\[(\^?)((?:[^][\\*?^-](?:-[^][\\*?^-])?)+)\]")


def regex_of(pattern: str) -> str:
    """A regular expression for the paths that a pattern means.

    Raises:
        CannotTell: it is too long, no pattern, or one of the odd ones.
    """
    if len(pattern) > LONGEST:
        raise CannotTell(pattern[:80])
    tokens = list(_tokens(pattern))
    if tokens[:1] == [Wild.FOLDERS] and _is_plain(tokens[1:]) and not pattern.startswith("**/"):
        return Wild.REST.value + _joined(tokens[1:])  # `**end` is an end, within a name, too
    if not _is_plain(tokens) and any(t == One(re.escape("^")) for t in tokens):
        raise CannotTell(pattern)  # Go takes it for the beginning of the path
    if sum(isinstance(token, Wild) for token in tokens) <= 1:
        return _joined(tokens)
    if not _is_steady(tokens):
        raise CannotTell(pattern)
    return _steady(tokens)


def _tokens(pattern: str) -> Iterator[Token]:
    at = 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            at += 3 if pattern.startswith("**/", at) else 2
            yield Wild.FOLDERS if at < len(pattern) else Wild.REST
            continue
        size, token = _token(pattern, at)
        at += size
        yield token


def _token(pattern: str, at: int) -> tuple[int, Token]:
    char = pattern[at]
    if char == "*":
        return 1, Wild.NAME
    if char == "?":
        return 1, One("[^/]", plain=False)
    if char == "\\":
        return 2, _escaped(pattern[at + 1 : at + 2])
    if char == "[":
        found = _CLASS.match(pattern, at)
        if not found:
            raise CannotTell(pattern)
        return len(found[0]), _class(found)
    return 1, One(re.escape(char), plain=char != "]")


def _escaped(char: str) -> Token:
    if not char or char.isalnum() or not char.isascii() or char == "/":
        raise CannotTell(char)  # to Go's regular expressions `\\d` is a digit
    return One(re.escape(char), plain=False)


def _class(found: re.Match[str]) -> Token:
    members = re.findall(r"(?s)(.)(?:-(.))?", found[2])
    if any(last and last < first for first, last in members):
        raise CannotTell(found[0])
    inside = "".join(re.escape(a) + (b and "-" + re.escape(b)) for a, b in members)
    slash = bool(found[1]) or any(a <= "/" <= (b or a) for a, b in members)
    return One(f"[{found[1]}{inside}]", plain=False, slash=slash)


def _is_plain(tokens: Sequence[Token]) -> bool:
    """Whether nothing in it is special: it is compared as it is written."""
    return all(isinstance(token, One) and token.plain for token in tokens)


def _is_steady(tokens: Sequence[Token]) -> bool:
    """Whether `**` are whole folders, and nothing else goes from one into another."""
    before = [One("/"), *tokens]
    whole = all(
        before[i] == One("/") or before[i] is Wild.FOLDERS
        for i, token in enumerate(tokens)
        if token in (Wild.FOLDERS, Wild.REST)
    )
    return whole and not any(isinstance(token, One) and token.slash for token in tokens)


def _steady(tokens: Sequence[Token]) -> str:
    """The first place where something fits is taken, and never given back."""
    first, *groups = _split(tokens, Wild.FOLDERS)
    if not groups:
        return _names(first, last=True)
    middle = (f"(?>(?:.*?/)??{_names(group, last=False)})" for group in groups[:-1])
    end = Wild.FOLDERS.value + _names(groups[-1], last=True)
    return _names(first, last=False) + "".join(middle) + end


def _names(tokens: Sequence[Token], *, last: bool) -> str:
    """What stands between two `**`; the `last` reaches to the end of the path."""
    first, *parts = _split(tokens, Wild.NAME)
    if not parts:
        return _joined(first)
    ends = [parts.pop()] if last else []
    steady = "".join(f"(?>[^/]*?{_joined(part)})" for part in parts)
    return _joined(first) + steady + "".join(Wild.NAME.value + _joined(part) for part in ends)


def _split(tokens: Sequence[Token], at: Wild) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token is at:
            found.append([])
        else:
            found[-1].append(token)
    return found


def _joined(tokens: Sequence[Token]) -> str:
    return "".join(t.value if isinstance(t, Wild) else t.regex for t in tokens)
