"""What a job leaves for homeport to read: it owns the folder, and may make anything of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.pipeline.run import left

MADE: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link to a file of the host": lambda path: path.symlink_to("/etc/hostname"),
    "a link to what never ends": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_what_is_no_file_says_nothing_and_holds_nothing_up(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "result")
    assert "" == left(tmp_path / "result")


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone makes devices")
def test_a_device_is_not_opened(tmp_path: Path) -> None:
    os.mknod(tmp_path / "result", 0o20666, os.makedev(1, 5))
    assert "" == left(tmp_path / "result")


def test_a_file_says_a_word_and_no_more_of_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "result").write_text("passed\n")
    assert "passed" == left(tmp_path / "result")
    with (tmp_path / "result").open("wb") as file:
        file.truncate(4 << 30)
    assert 100 == len(left(tmp_path / "result"))
