"""Tells two builds apart by all that goes into them: the same fingerprint is the same image.

What cannot be known before (secrets, remote contexts, downloads by ADD) has none: it is built.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from homeport.build.bases import flags, instructions
from homeport.build.globs import CannotTell
from homeport.build.ignore import Pattern, Verdict, judge, puts_back, read_ignore
from homeport.build.text import read_text
from homeport.model.stack import Build

MOST_FILES = 50_000
MOST_BYTES = 1 << 30
MOST_LOOKS = 2_000_000  # of a pattern at a path: some 2 s
_EVERY = re.compile(".*", re.DOTALL)


class TooMuch(Exception):
    """The context is so large that BuildKit is the quicker to see that nothing changed."""


def fingerprint(
    build: Build,
    dockerfile: str,
    *,
    args: Mapping[str, str],
    platform: str,
    bases: Mapping[str, str],
    only: re.Pattern[str] | None = None,
) -> str:
    """A digest of everything that decides what comes of a build; "" where it cannot be known.

    Args:
        build: how it is built; its context is read.
        dockerfile: the text of the Dockerfile.
        args: homeport's own build arguments.
        platform: linux/arm64; "" is the Engine's own.
        bases: every image that it starts from, with its digest; one without has none.
        only: the paths of the context that it takes at all; None for every one.
    """
    unknown = (build.secrets, build.ssh, build.contexts, build.no_cache, build.pull)
    if any(unknown) or _downloads(dockerfile) or not all(bases.values()):
        return ""
    if not Path(build.context).is_dir():
        return ""
    digest = hashlib.sha256(json.dumps(_said(build, dockerfile, args, platform, bases)).encode())
    try:
        for entry in _files(Path(build.context), _patterns(build), only):
            digest.update(json.dumps(entry).encode())
    except (CannotTell, TooMuch, OSError):
        return ""
    return digest.hexdigest()


def _downloads(dockerfile: str) -> bool:
    """Whether an ADD takes something from elsewhere, which may be another tomorrow."""
    adds = (flags(line) for line in instructions(dockerfile))
    words = (word for name, _, words in adds if name in ("ADD", "ONBUILD") for word in words)
    return any("://" in word or "git@" in word for word in words)


def _said(
    build: Build,
    dockerfile: str,
    args: Mapping[str, str],
    platform: str,
    bases: Mapping[str, str],
) -> list[Any]:
    given = sorted({**args, **build.args}.items())
    own = (build.target, build.network, build.shm_size, build.extra_hosts)
    labels, images = sorted(build.labels.items()), sorted(bases.items())
    return [1, dockerfile, given, platform, labels, images, own]


def _patterns(build: Build) -> tuple[Pattern, ...]:
    """Of the file that is named after the Dockerfile, else of `.dockerignore`."""
    context = Path(build.context)
    named = context / f"{build.dockerfile or 'Dockerfile'}.dockerignore"
    for path in (named, context / ".dockerignore"):
        if path.is_file():
            return read_ignore(read_text(path))
    return ()


def _files(
    top: Path, patterns: Sequence[Pattern], only: re.Pattern[str] | None
) -> Iterator[list[Any]]:
    """Each file, folder and link that matters: its path, mode and content.

    A link may lead to what is not taken by its own name: where there is one, everything matters.
    """
    found = list(_sent(top, patterns))
    if only is None or any(stat.S_ISLNK(mode) for _, mode in found):
        only = _EVERY
    for path, mode in found:
        if only.fullmatch(path):
            yield [path, mode, _content(top / path, mode)]


def _sent(top: Path, patterns: Sequence[Pattern]) -> Iterator[tuple[str, int]]:
    """What BuildKit is sent: paths and modes."""
    count = size = looks = 0
    whole = not puts_back(patterns)
    folders = [("", Verdict())]
    while folders:
        folder, above = folders.pop()
        for entry in sorted(os.scandir(top / folder), key=lambda e: e.name):
            path = f"{folder}/{entry.name}" if folder else entry.name
            verdict, looks = judge(path, patterns, above), looks + len(patterns)
            if entry.is_dir(follow_symlinks=False) and not (verdict.ignored and whole):
                folders.append((path, verdict))
            if looks > MOST_LOOKS:
                raise TooMuch
            if verdict.ignored:
                continue
            found = entry.stat(follow_symlinks=False)
            count, size = count + 1, size + found.st_size
            if count > MOST_FILES or size > MOST_BYTES:
                raise TooMuch
            yield path, found.st_mode


def _content(path: Path, mode: int) -> str:
    if stat.S_ISLNK(mode):
        return str(path.readlink())
    if not stat.S_ISREG(mode):
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
