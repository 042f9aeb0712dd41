"""The same fingerprint is the same image."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from homeport.build.fingerprint import fingerprint
from homeport.build.ignore import is_ignored, read_ignore
from homeport.model.stack import Build

BASE = {"debian:12": "sha256:1"}


def of(folder: Path, text: str = "FROM debian:12\n", **changes: object) -> str:
    build = msgspec.structs.replace(Build(context=str(folder)), **changes)
    return fingerprint(build, text, args={}, platform="", bases=BASE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("print(1)\n")
    (tmp_path / "README").write_text("words\n")
    (tmp_path / ".dockerignore").write_text("README\n**/*.pyc\n")
    return tmp_path


def change(path: Path) -> None:
    path.write_text("other\n")


@pytest.mark.parametrize(
    "changing",
    [
        lambda f: change(f / "app" / "main.py"),
        lambda f: (f / "app" / "main.py").chmod(0o755),
        lambda f: (f / "app" / "new").mkdir(),
        lambda f: (f / "app" / "main.py").rename(f / "app" / "other.py"),
        lambda f: (f / "link").symlink_to("app"),
        lambda f: change(f / ".dockerignore"),
    ],
)
def test_what_buildkit_is_sent_decides(folder: Path, changing: Callable[[Path], object]) -> None:
    before = of(folder)
    assert before
    changing(folder)
    assert before != of(folder)


@pytest.mark.parametrize(
    "changing",
    [
        lambda f: change(f / "README"),
        lambda f: change(f / "app" / "x.pyc"),
        lambda f: os.utime(f / "app" / "main.py", (1, 1)),
        lambda _f: None,
    ],
)
def test_what_it_is_not_sent_does_not(folder: Path, changing: Callable[[Path], object]) -> None:
    before = of(folder)
    changing(folder)
    assert before == of(folder)


def test_all_that_a_build_is_told_decides(folder: Path) -> None:
    build, text = Build(context=str(folder)), "FROM debian:12\n"
    found = {
        of(folder),
        of(folder, "FROM debian:12\nRUN true\n"),
        of(folder, target="x"),
        of(folder, args={"A": "1"}),
        of(folder, labels={"a": "1"}),
        fingerprint(build, text, args={"A": "2"}, platform="", bases=BASE),
        fingerprint(build, text, args={}, platform="linux/arm64", bases=BASE),
        fingerprint(build, text, args={}, platform="", bases={"debian:12": "sha256:2"}),
    }
    assert len(found) == 8


def test_what_cannot_be_known_before_has_none(folder: Path) -> None:
    assert not of(folder, secrets=("id=x,src=/x",))
    assert not of(folder, no_cache=True)
    assert not of(folder, pull=True)
    assert not of(folder, context="https://example.org/repository.git")
    assert not of(folder, "FROM debian:12\nADD --checksum=x https://example.org/x /x\n")
    unknown = {"debian:12": ""}
    assert not fingerprint(Build(context=str(folder)), "", args={}, platform="", bases=unknown)


@pytest.mark.parametrize(
    ("text", "left_out", "kept"),
    [
        ("*.md", ["a.md"], ["b/a.md", "a.mdx"]),
        ("**/*.md", ["a.md", "b/a.md", "b/c/a.md"], ["a.txt"]),
        ("docs", ["docs", "docs/a", "docs/b/c"], ["mydocs", "a/docs"]),
        ("/docs/", ["docs/a"], ["a/docs"]),
        ("docs/**", ["docs/a", "docs/b/c"], ["a"]),
        ("*\n!keep", ["a", "b/c"], ["keep", "keep/a"]),
        ("docs\n!docs/a", ["docs/b"], ["docs/a"]),
        ("# a remark\n\n a \n", ["a"], ["# a remark"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("[ab].txt", ["a.txt", "b.txt"], ["c.txt"]),
        ("./a/../b", ["b"], ["a"]),
        ("**", ["a", "b/c"], []),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["b", "a/bx"]),
        ("\\*.md", ["*.md"], ["a.md"]),
        ("[", [], ["[", "a"]),
    ],
)
def test_what_is_ignored(text: str, left_out: list[str], kept: list[str]) -> None:
    patterns = read_ignore(text)
    assert [path for path in left_out + kept if is_ignored(path, patterns)] == left_out
