"""Which files of the context a Dockerfile takes at all. Pure.

A file that no COPY and no ADD names cannot change the image, unless something takes the context in
another way; wherever that cannot be excluded, all of it counts.
Source: Dockerfile reference, COPY, ADD, RUN --mount, ONBUILD.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from homeport.build.bases import flags, instructions, mounts
from homeport.build.globs import CannotTell, regex_of

_OTHER_FLAGS = ("--exclude", "--parents")
_ELSEWHERE = ("cache", "secret", "ssh", "tmpfs")  # mounts that are not of the context
_LARGEST = 20_000  # characters of all patterns


def taken(text: str) -> re.Pattern[str] | None:
    """What the paths look like that a Dockerfile takes; None where it may take every one."""
    patterns: list[str] = []
    for line in instructions(text):
        found = _of(line)
        if found is None:
            return None
        patterns += found
    whole = "|".join(dict.fromkeys(patterns))
    return None if len(whole) > _LARGEST else re.compile(whole or r"(?!)", re.DOTALL)


def _of(line: str) -> list[str] | None:
    """What one instruction takes; None for the whole context, or what is not understood."""
    name, said, words = flags(line)
    if name == "ONBUILD":
        name, said, words = flags(line.split(None, 1)[-1])
    if name == "RUN":
        return None if any(map(_is_context, mounts(said))) else []
    if name not in ("COPY", "ADD") or any(flag[:7] == "--from=" != flag for flag in said):
        return []
    sources = _sources(words, line)
    if sources is None or any(flag.startswith(_OTHER_FLAGS) for flag in said):
        return None
    found = [_pattern(source) for source in sources]
    return None if None in found else [pattern for pattern in found if pattern is not None]


def _is_context(mount: dict[str, str]) -> bool:
    return not mount.get("from") and mount.get("type") not in _ELSEWHERE


def _sources(words: Sequence[str], line: str) -> list[str] | None:
    """The sources of a COPY: all but the last; None where they are not understood."""
    if words and words[0].startswith("["):
        try:
            words = json.loads(line[line.index("[") :])
        except (ValueError, RecursionError):
            return None
    if not isinstance(words, list) or len(words) < 2 or not all(isinstance(w, str) for w in words):
        return None
    plain = [word for word in words[:-1] if not word.startswith("<<")]
    return None if any('"' in w or "'" in w or "\\" in w for w in plain) else plain


def _pattern(source: str) -> str | None:
    """A regular expression for a source and all below it; None for the whole context."""
    parts = [p for p in source.split("/") if p not in ("", ".")]
    if not parts or ".." in parts or "://" in source:
        return None
    known, variable, _ = "/".join(parts).partition("$")
    if not known:
        return None
    try:
        # What a variable stands for, and whatever follows it, may be anything.
        return rf"(?:{regex_of(known)})" + (".*" if variable else "(?:/.*)?")
    except CannotTell:
        return None
