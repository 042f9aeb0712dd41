"""Compose is started with a command's first milliseconds, where its answer is not remembered."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.cli import reading
from homeport.cli.reading import Reading
from homeport.engine.compose_files import Question
from homeport.settings import Settings

Started = Callable[[str, float], bool]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Started:
    """Whether Compose is, where the answer of this name is so many seconds older than the file."""
    file = tmp_path / "compose.yaml"
    file.write_text("services: {web: {image: busybox}}\n")
    found: list[object] = []
    monkeypatch.setattr(reading, "Spawned", lambda argv, env: found.append((argv, env)))

    def look(answer: str, older: float) -> bool:
        if answer:
            remembered = tmp_path / "cache/compose/blog" / f"{answer}.json"
            remembered.parent.mkdir(parents=True)
            remembered.touch()
            moment = file.stat().st_mtime - older
            os.utime(remembered, (moment, moment))
        Reading("blog", (file,), {}, Settings(state_dir=str(tmp_path))).begin()
        return bool(found)

    return look


def key(folder: Path) -> str:
    """The name of the answer to what the file says now."""
    file = folder / "compose.yaml"
    question = Question(files=(file,), project="blog", directory=folder, environ={})
    return question.key(question.inputs())


def test_it_is_started_where_nothing_is_remembered(started: Started) -> None:
    assert started("", 0.0)


def test_it_is_not_where_the_answer_is(started: Started, tmp_path: Path) -> None:
    assert not started(key(tmp_path), -1.0)


def test_it_is_where_the_answer_is_to_something_else(started: Started) -> None:
    assert started("another", -1.0)


def test_it_is_for_a_file_that_was_written_since_before_any_digest(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = key(tmp_path)
    monkeypatch.delattr(Question, "key")
    assert started(answer, 1.0)


def test_it_is_not_asked_for_hashes_that_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, known = tmp_path / "compose.yaml", tmp_path / "cache/compose/blog/hashing"
    file.write_text("services: {web: {image: busybox}}\n")
    found: list[list[str]] = []
    monkeypatch.setattr(reading, "Spawned", lambda argv, env: found.append(argv))
    for _ in range(2):
        Reading("blog", (file,), {}, Settings(state_dir=str(tmp_path))).begin()
        known.parent.mkdir(parents=True, exist_ok=True)
        known.touch()
    assert ["json", "*", "json"] == [argv[-1] for argv in found]
