"""What a daemon that ended had begun is gone on with, twice at the most."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from homeport.daemon.unfinished import Movement, Unfinished
from homeport.delivery.standalone import Wanted

WANTED = Wanted(project="blog", model={"services": {}}, hashes={}, directory="/blog", files=["c"])
UP = Movement(project="blog", wanted=WANTED)
DOWN = Movement(project="a/../b", volumes=True)


def left(folder: Path) -> list[Movement]:
    """What the next daemon finds."""
    return list(Unfinished(folder).left())


def test_what_is_under_way_is_found_by_the_next_daemon_and_nobody_else_reads_it(
    tmp_path: Path,
) -> None:
    folder, unfinished = tmp_path / "stacks", Unfinished(tmp_path / "stacks")
    with unfinished.during(UP), unfinished.during(DOWN):
        assert [replace(DOWN, begun=1), replace(UP, begun=1)] == left(folder)
        modes = {oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())}
        assert {"0o700", "0o600"} == modes
    assert [] == left(folder)


def test_what_failed_is_over_and_what_was_cancelled_is_not(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), Unfinished(tmp_path).during(UP):
        raise ValueError("no")
    assert [] == left(tmp_path)
    with pytest.raises(asyncio.CancelledError), Unfinished(tmp_path).during(UP):
        raise asyncio.CancelledError
    assert [replace(UP, begun=1)] == left(tmp_path)


def test_a_second_movement_of_the_same_project_is_not_remembered(tmp_path: Path) -> None:
    """It is refused; and its end is not that of the first."""
    unfinished = Unfinished(tmp_path)
    with unfinished.during(UP):
        with unfinished.during(replace(UP, wanted=None)):
            pass
        assert [replace(UP, begun=1)] == left(tmp_path)


def test_what_ended_the_daemon_twice_is_not_tried_again(tmp_path: Path) -> None:
    for begun in (1, 2):
        (found,) = left(tmp_path) or [UP]
        with pytest.raises(asyncio.CancelledError), Unfinished(tmp_path).during(found):
            raise asyncio.CancelledError
        assert begun == found.begun + 1
    assert [] == left(tmp_path)


def test_half_a_file_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "blog.json").write_text('{"project": "bl')
    assert [] == left(tmp_path)
    assert [] == list(tmp_path.iterdir())
