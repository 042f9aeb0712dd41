"""Which files of the context a Dockerfile takes at all. Pure.

A file that no COPY and no ADD names cannot change the image, unless something takes the context in
another way; wherever that cannot be excluded, all of it counts.
Source: Dockerfile reference, COPY, ADD, RUN --mount, ONBUILD.
"""

from __future__ import annotations

import json
import re

from homeport.build.bases import instructions
from homeport.build.ignore import regex_of

_TAKES = re.compile(r"(?:ONBUILD\s+)?(?:COPY|ADD)\s+((?:--\S+\s+)*)(.+)", re.IGNORECASE)
_MOUNT = re.compile(
    r"RUN\s+.*--mount=(?![^\s]*\bfrom=)(?![^\s]*type=(?:cache|secret|ssh|tmpfs))", re.I
)
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")
_OTHER_FLAGS = ("--exclude", "--parents")


def taken(text: str) -> re.Pattern[str] | None:
    """What the paths look like that a Dockerfile takes; None where it may take every one."""
    patterns: list[str] = []
    for line in instructions(text):
        if _MOUNT.match(line):
            return None
        found = _TAKES.fullmatch(line)
        if not found or "--from=" in found[1]:
            continue
        sources = _sources(found[2])
        if sources is None or any(flag in found[1] for flag in _OTHER_FLAGS):
            return None
        for source in sources:
            if (pattern := _pattern(source)) is None:
                return None
            patterns.append(pattern)
    return re.compile("|".join(patterns) or r"(?!)", re.DOTALL)


def _sources(text: str) -> list[str] | None:
    """The sources of a COPY: all but the last; None where they are not understood."""
    if text.startswith("["):
        try:
            words = json.loads(text)
        except ValueError:
            return None
    else:
        words = text.split()
    if not isinstance(words, list) or len(words) < 2 or not all(isinstance(w, str) for w in words):
        return None
    plain = [word for word in words[:-1] if not word.startswith("<<")]
    return None if any('"' in w or "'" in w or "\\" in w for w in plain) else plain


def _pattern(source: str) -> str | None:
    """A regular expression for a source and all below it; None for the whole context."""
    parts = [p for p in source.split("/") if p not in ("", ".")]
    if not parts or ".." in parts or "://" in source:
        return None
    marked = _VARIABLE.sub("\0", "/".join(parts))
    if marked.startswith("\0"):
        return None
    found = ".*".join(regex_of(piece) for piece in marked.split("\0"))
    return rf"(?:{found})(?:/.*)?"
