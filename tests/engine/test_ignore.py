"""What `.dockerignore` leaves out is what BuildKit leaves out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.engine import ignored

TREE = (
    "a.md", "b.txt", "docs/a.md", "docs/b/c.md", "docs/b/d.txt", "mydocs/a", "x/docs/a", "keep/a",
    "keep/b/c", "a/b", "a/x/b", "a/x/y/b", "[odd]", "sp ace", ".hidden/a", "deep/er/est/file.pyc",
    "# remark",
)  # fmt: skip
FILES = (
    "*.md", "**/*.md", "docs", "/docs/", "docs/**", "docs/*", "*\n!keep", "*\n!keep/b",
    "docs\n!docs/b", "**\n!**/*.md",
    "a/**/b", "**/docs", "# remark\n\n  b.txt  ", "?.txt", "[ab].*", "./a/../b.txt",
    "!a.md\n*.md", "**/*.pyc\n.hidden", "docs/b/\n!docs/b/c.md", "sp ace", "\\[odd\\]", "a/*/b",
    "**/b", "\ufeff*.md\r\n/docs/\r\n", "  # remark", "a/x/b\n!a/x", "docs\n!docs\ndocs/b",
    "**md", "do**", "*/**/b", "**/x/*/b", "d*c*/*.md", "*e*e*", "! docs/a.md\ndocs\n! docs/a.md",
    "//docs", "docs /",
)  # fmt: skip


@pytest.mark.parametrize("text", FILES)
def test_the_same_files_are_left_out(tmp_path: Path, text: str) -> None:
    expected = ignored.expected(TREE, text)
    assert expected
    assert expected == ignored.sent(tmp_path, TREE, text)


@pytest.mark.parametrize("seed", range(24))
def test_of_any_tree_and_file_the_same_is_left_out(tmp_path: Path, seed: int) -> None:
    """What homeport leaves to BuildKit is no answer: another file is made, until there is one."""
    chance = random.Random(seed)
    expected = None
    while expected is None:
        names, text = ignored.tree(chance), ignored.text(chance)
        expected = ignored.expected(names, text)
    assert expected == ignored.sent(tmp_path, names, text), text


@pytest.mark.parametrize("text", ["[", "a[b-a]", "!"])
def test_what_is_no_pattern_is_left_to_buildkit(tmp_path: Path, text: str) -> None:
    assert ignored.expected(TREE, text) is None
    assert ignored.sent(tmp_path, TREE, text) is None
