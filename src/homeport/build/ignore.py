"""`.dockerignore`, as BuildKit reads it. Pure.

Source: moby/patternmatcher, MatchesOrParentMatches and ignorefile.ReadAll; Docker, "Build context".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line of the file; `again` puts back what others leave out (`!`)."""

    regex: re.Pattern[str]
    again: bool


def read_ignore(text: str) -> tuple[Pattern, ...]:
    """The patterns of a file, in their order."""
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    found = (_pattern(line) for line in lines if line and not line.startswith("#"))
    return tuple(pattern for pattern in found if pattern)


def _pattern(line: str) -> Pattern | None:
    again = line.startswith("!")
    plain = line[1:].strip() if again else line
    if not plain:
        return None
    cleaned = posixpath.normpath(plain).lstrip("/") or "."
    try:
        return Pattern(re.compile(regex_of(cleaned), re.DOTALL), again)
    except re.error:
        return None  # it matches nothing: what it was meant to leave out counts, and is built


def regex_of(pattern: str) -> str:
    """What moby makes of a pattern: `**` is any number of folders, `*` stays in one."""
    found, rest = "", pattern
    while rest:
        if rest.startswith("**"):
            rest = rest[2:].removeprefix("/")
            found += "(?:.*/)?" if rest else ".*"
            continue
        character, rest = rest[0], rest[1:]
        if character == "\\" and rest:
            character, rest = rest[0], rest[1:]
            found += re.escape(character)
        else:
            found += {"*": "[^/]*", "?": "[^/]"}.get(character) or _literal(character)
    return found


def _literal(character: str) -> str:
    return character if character in "[]^-" else re.escape(character)


def is_ignored(path: str, patterns: Sequence[Pattern]) -> bool:
    """Whether a path in the context is left out: by itself, or with a folder above it."""
    ignored = False
    parts = path.split("/")
    whole = ["/".join(parts[: i + 1]) for i in range(len(parts))]
    for pattern in patterns:
        if pattern.again == ignored and any(pattern.regex.fullmatch(name) for name in whole):
            ignored = not pattern.again
    return ignored


def puts_back(patterns: Iterable[Pattern]) -> bool:
    """Whether something below a folder that is left out may be in all the same."""
    return any(pattern.again for pattern in patterns)
