"""Contexts and `.dockerignore` files at random, and what the real BuildKit is sent of them."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path

from homeport.build.globs import CannotTell
from homeport.build.ignore import is_ignored, read_ignore

_NAMES = (
    "a", "b", "ab", "abb", "a.md", "b.txt", "docs", "x", "[a]", "a b", "!a", "#x", "^a", "é", "a+b",
    "c-d", " lead", "{a}",
)  # fmt: skip
_PARTS = (
    "*", "**", "a", "b", "ab", "docs", "*.md", "?", "a*", "*b", "*b*", "**b", "a**", "[ab]",
    "[a-c]*", "x", "..", ".", "", "\\[a\\]", "a?b", "é", "a b",
)  # fmt: skip
_PIECES = (
    "*", "**", "?", "[a-c]", "[^a]", "a", "b", "abb", "docs", ".md", "/", "/", "\\[", "\\*", "#",
    "^", "]", "é", "+", "{a}", "..", ".",
)  # fmt: skip


def tree(chance: random.Random) -> tuple[str, ...]:
    """Paths of files."""
    found = {"/".join(chance.choices(_NAMES, k=chance.randint(1, 4))) for _ in range(14)}
    return tuple(sorted(p for p in found if not any(q.startswith(f"{p}/") for q in found)))


def text(chance: random.Random) -> str:
    """A `.dockerignore`."""
    lines = (_line(chance) for _ in range(chance.randint(1, 5)))
    return chance.choice(("", "", "", "\ufeff")) + "\n".join(lines)


def _line(chance: random.Random) -> str:
    if chance.random() < 0.8:
        line = "/".join(chance.choices(_PARTS, k=chance.randint(1, 4)))
    else:
        line = "".join(chance.choices(_PIECES, k=chance.randint(1, 5)))
    before = ("!", "! ", "!/", "/", "#", " ", "\t", "\u2003", "\x0b")
    line = chance.choice(before) + line if chance.random() < 0.4 else line
    return line + chance.choice((" ", "/", "\r", "/.", " /")) if chance.random() < 0.15 else line


def sent(folder: Path, names: Iterable[str], ignore: str) -> set[str] | None:
    """The files that BuildKit is sent of a context; None where it refuses to build it."""
    context, out = folder / "context", folder / "out"
    for name in names:
        path = context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (context / ".dockerignore").write_text(ignore, newline="")
    argv = ["docker", "buildx", "build", "--builder", "default", "-q", "-f", "-"]
    argv += ["--output", f"type=local,dest={out}", str(context)]
    dockerfile = b"FROM scratch\nCOPY . /\n"
    env = {**os.environ, "TMPDIR": str(folder)}  # buildx leaves what it was told there
    done = subprocess.run(
        argv, check=False, capture_output=True, input=dockerfile, timeout=60, env=env
    )
    if done.returncode:
        return None
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}


def expected(names: Iterable[str], ignore: str) -> set[str] | None:
    """The same as homeport reads it; None where it leaves that to BuildKit."""
    try:
        patterns = read_ignore(ignore)
    except CannotTell:
        return None
    return {name for name in (*names, ".dockerignore") if not is_ignored(name, patterns)}
