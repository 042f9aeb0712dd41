"""What homeport reads of a repository is bounded, whatever its files unpack to."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from homeport.build.text import read_text
from homeport.errors import FileFault


def test_a_file_of_gigabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    with path.open("wb") as file:
        file.truncate(4 << 30)
    tracemalloc.start()
    with pytest.raises(FileFault, match="Dockerfile: is larger than 1 MB"):
        read_text(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000


def test_what_a_person_writes_is_read_whatever_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"FROM scratch\n# \xff\n")
    assert "FROM scratch\n# \N{REPLACEMENT CHARACTER}\n" == read_text(path)
