"""The same fingerprint is the same image."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from homeport.build.bases import bases
from homeport.build.fingerprint import fingerprint
from homeport.build.globs import CannotTell
from homeport.build.ignore import is_ignored, read_ignore
from homeport.build.sources import taken
from homeport.model.stack import Build
from tests.spent import spent

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
        ("  # a", ["# a"], ["a"]),
        ("a/b\n!a", ["a/b"], ["a", "a/c"]),  # `!a` changed nothing where it was looked at
        ("*\n!a\na/b", ["c", "a/b"], ["a", "a/c"]),
        ("**a\nb**", ["xa", "x/ya", "b", "bc/d"], ["ab", "x/b"]),
        ("a\u2028b\nc\x0b", ["a\u2028b", "c"], ["a", "b"]),
        ("\ufeffa\r\nb /\r\n", ["a", "b"], ["a\r"]),
        ("a^b", ["a^b"], ["ab"]),
        ("[a-c]", ["a", "c"], ["d", "["]),
    ],
)
def test_what_is_ignored(text: str, left_out: list[str], kept: list[str]) -> None:
    patterns = read_ignore(text)
    assert [path for path in left_out + kept if is_ignored(path, patterns)] == left_out


@pytest.mark.parametrize(
    "text",
    ["[", "[a-]", "[b-a]", "[]", "a\\", "\\d", "!", "a^*", "a**b**c", "[^a]*b*", "a\x1cb",
     "a\ufffdb", "a" * 1001, "a\n" * 30_000],
)  # fmt: skip
def test_what_only_buildkit_knows_makes_no_fingerprint(folder: Path, text: str) -> None:
    with pytest.raises(CannotTell):
        read_ignore(text)
    (folder / ".dockerignore").write_text(text)
    assert not of(folder)


HOSTILE = (
    "*a" * 300 + "b", "a*" * 300 + "b", "**/a/" * 100 + "b", "**/a*b*c/" * 60 + "x",
    "**/*/" * 100 + "b",
    "[ab]*" * 150 + "c", "?*" * 300 + "b", "**/*a*/**/*b*/" * 30 + "c", "*/" * 200 + "b",
)  # fmt: skip
PATHS = ("a" * 255, "a/" * 2000 + "a", "ab/" * 1300, "abc/" * 1000 + "b", ("a" * 250 + "/") * 16)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_pattern_takes_long(text: str) -> None:
    """A regular expression that walks back and forth takes years for the first of them."""
    (pattern,) = read_ignore(text)
    assert spent(lambda: [pattern.regex.fullmatch(path) for path in PATHS]) < 2


@pytest.mark.parametrize(
    "text",
    [
        "RUN --mount=" + "--mount=" * 100_000 + "from=",
        "COPY " * 200_000,
        "RUN " + "--mount=x " * 100_000,
        "FROM " + "${a:-" * 200_000,
        "\n" * 500_000 + "ADD x",
        "COPY " + "$a" * 200_000 + " b",
        "COPY " + "*a" * 200_000 + " b",
        "COPY [" + "[" * 200_000,
        "FROM a\n" * 50_000,
        "ARG A=" + "x" * 100_000 + "\n" + "FROM " + "$A" * 100_000,
    ],
)
def test_no_dockerfile_takes_long_to_look_at(folder: Path, text: str) -> None:
    assert spent(lambda: (bases(text, {}), taken(text), of(folder, text))) < 10


def test_patterns_and_files_beyond_all_measure_are_left_to_buildkit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".dockerignore").write_text("a\nb\n")
    assert of(folder)
    monkeypatch.setattr("homeport.build.fingerprint.MOST_LOOKS", 5)
    assert not of(folder)
