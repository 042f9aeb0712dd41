"""What `.dockerignore` leaves out is what BuildKit leaves out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from homeport.build.ignore import is_ignored, read_ignore

TREE = (
    "a.md", "b.txt", "docs/a.md", "docs/b/c.md", "docs/b/d.txt", "mydocs/a", "x/docs/a", "keep/a",
    "keep/b/c", "a/b", "a/x/b", "a/x/y/b", "[odd]", "sp ace", ".hidden/a", "deep/er/est/file.pyc",
)  # fmt: skip
FILES = (
    "*.md", "**/*.md", "docs", "/docs/", "docs/**", "docs/*", "*\n!keep", "*\n!keep/b",
    "docs\n!docs/b", "**\n!**/*.md",
    "a/**/b", "**/docs", "# remark\n\n  b.txt  ", "?.txt", "[ab].*", "./a/../b.txt",
    "!a.md\n*.md", "**/*.pyc\n.hidden", "docs/b/\n!docs/b/c.md", "sp ace", "\\[odd\\]", "a/*/b",
    "**/b",
)  # fmt: skip


@pytest.mark.parametrize("text", FILES)
def test_the_same_files_are_left_out(tmp_path: Path, text: str) -> None:
    context, out = tmp_path / "context", tmp_path / "out"
    for name in TREE:
        path = context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (context / ".dockerignore").write_text(text)
    argv = ["docker", "buildx", "build", "--builder", "default", "-q", "-f", "-"]
    argv += ["--output", f"type=local,dest={out}", str(context)]
    subprocess.run(
        argv, check=True, capture_output=True, input=b"FROM scratch\nCOPY . /\n", timeout=60
    )
    sent = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
    patterns = read_ignore(text)
    names = (*TREE, ".dockerignore")
    assert sent == {name for name in names if not is_ignored(name, patterns)}
