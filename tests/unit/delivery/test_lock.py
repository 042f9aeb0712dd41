"""One process moves a project at a time."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from homeport.delivery.lock import locked
from homeport.errors import Conflict


def test_a_project_is_moved_by_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path, "blog"), locked(tmp_path, "shop"), pytest.raises(Conflict) as caught:
        locked(tmp_path, "blog").__enter__()
    assert "another process moves project blog now" == caught.value.message
    with locked(tmp_path, "blog"):
        pass


def test_a_lock_that_its_holder_removed_is_nobodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was opened before that, and taken after it, would lock out nobody."""
    take, left = fcntl.flock, [tmp_path / "blog.lock"]

    def late(lock: int, operation: int) -> None:
        while left:
            left.pop().unlink()
        take(lock, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(tmp_path, "blog") as path:
        assert path.exists()
        with pytest.raises(Conflict):
            locked(tmp_path, "blog").__enter__()
