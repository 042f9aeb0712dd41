"""Pairs on disk: whole, switched in one step, never mixed with what others put there."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.certs.folder import Folder, write_whole
from homeport.certs.model import Held, Wanted
from tests.e2e.house import small_disk

BLOG = Wanted(names=("blog.example.org", "*.blog.example.org"), directory="https://a/")
KEY = BLOG.key


def held(serial: str, not_before: float = 1.0) -> Held:
    """What is said of a pair."""
    return Held(
        names=BLOG.names,
        directory=BLOG.directory,
        not_before=not_before,
        not_after=2.0,
        serial=serial,
        fingerprint="",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty one."""
    made = Folder(tmp_path / "certs")
    made.prepare()
    return made


def read(folder: Folder, name: str) -> str:
    """What nginx reads."""
    return (folder.path / name).read_text()


def test_a_pair_is_read_by_the_names_of_nginx_proxy(folder: Folder) -> None:
    folder.put(KEY, held("1"), b"chain", b"key")
    assert [True, False] == [folder.link([BLOG], folder.held()) for _ in range(2)]
    assert ("chain", "key") == (
        read(folder, "blog.example.org.crt"),
        read(folder, "blog.example.org.key"),
    )
    assert {KEY: held("1")} == folder.held()


def test_nobody_else_may_read_it(folder: Folder) -> None:
    folder.put(KEY, held("1"), b"chain", b"key")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in folder.path.rglob("*") if not p.is_symlink()}
    assert {0o600, 0o700} == modes
    assert 0o700 == stat.S_IMODE(folder.path.stat().st_mode)


def test_a_new_pair_is_switched_to_in_one_step_and_the_one_before_is_kept(folder: Folder) -> None:
    for serial in ("1", "2", "3"):
        folder.put(KEY, held(serial), f"chain {serial}".encode(), f"key {serial}".encode())
    folder.link([BLOG], folder.held())
    assert "key 3" == read(folder, "blog.example.org.key")
    versions = sorted(p.name for p in (folder.path / ".made" / KEY).iterdir())
    assert ["1-2", "1-3", "current"] == versions


def test_files_of_a_person_are_never_touched_and_go_first(folder: Folder) -> None:
    (folder.path / "blog.example.org.crt").write_text("theirs")
    folder.put(KEY, held("1"), b"chain", b"key")
    folder.link([BLOG], folder.held())
    assert "theirs" == read(folder, "blog.example.org.crt")
    assert {"blog.example.org"} == folder.theirs()


@pytest.mark.parametrize("name", ["fullchain.pem", "key.pem", "about.json"])
def test_a_pair_of_which_a_part_is_missing_is_none(folder: Folder, name: str) -> None:
    folder.put(KEY, held("1"), b"chain", b"key")
    (folder.path / ".made" / KEY / "current" / name).unlink()
    assert {} == folder.held()


def test_a_link_that_somebody_removed_is_made_again(folder: Folder) -> None:
    folder.put(KEY, held("1"), b"chain", b"key")
    folder.link([BLOG], folder.held())
    (folder.path / "blog.example.org.crt").unlink()
    assert folder.link([BLOG], folder.held())
    assert "chain" == read(folder, "blog.example.org.crt")


def test_what_changed_since_the_last_look_is_seen(folder: Folder) -> None:
    """Though what did not change is not read again."""
    folder.put(KEY, held("1"), b"chain", b"key")
    assert {KEY: held("1")} == folder.held()
    Folder(folder.path).put(KEY, held("2"), b"chain", b"key")
    assert {KEY: held("2")} == folder.held()
    folder.mark_revoked(KEY, held("2"))
    assert folder.held()[KEY].revoked
    (folder.path / ".made" / KEY / "current" / "key.pem").unlink()
    assert {} == folder.held()
    folder.put(KEY, held("3"), b"chain", b"key")
    assert [KEY] == list(folder.held())
    shutil.rmtree(folder.path / ".made")
    assert {} == folder.held()


def test_what_is_forgotten_leaves_nothing(folder: Folder) -> None:
    folder.put(KEY, held("1"), b"chain", b"key")
    folder.link([BLOG], folder.held())
    (folder.path / "other.crt").write_text("theirs")
    folder.forget(KEY)
    assert [".made", "other.crt"] == sorted(p.name for p in folder.path.iterdir())


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    path = tmp_path / "small"
    path.mkdir()
    with small_disk(path, "64k"):
        yield path


def test_a_full_disk_never_leaves_half_a_pair(small: Path) -> None:
    folder = Folder(small / "certs")
    folder.prepare()
    folder.put(KEY, held("1"), b"chain", b"key")
    folder.link([BLOG], folder.held())
    before = sorted(str(p) for p in folder.path.rglob("*"))
    for size in (1_000_000, 30_000):
        with pytest.raises(OSError, match="No space left"):
            folder.put(KEY, held("2"), b"c" * size, b"k" * size)
    assert {KEY: held("1")} == folder.held()
    assert ("chain", "key") == (
        read(folder, "blog.example.org.crt"),
        read(folder, "blog.example.org.key"),
    )
    assert before == sorted(str(p) for p in folder.path.rglob("*"))


def test_a_file_that_cannot_be_written_is_as_it_was(small: Path) -> None:
    path = small / "account.json"
    write_whole(path, b"first")
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"x" * 200_000)
    assert ("first", [path]) == (path.read_text(), list(small.iterdir()))
