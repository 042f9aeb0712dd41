"""A job's log, by its phases."""

from __future__ import annotations

from homeport.pipeline.folds import Fold, Part, folds, parts, readable

LOG = (
    b"before\n"
    b"travis_fold:start:install\n$ make\nmade\ntravis_fold:end:install 2500000000\n"
    b"travis_fold:start:script\nno newlinetravis_fold:end:script 1000000\n"
    b"travis_fold:start:after_script\nlast\n"
)


def test_a_fold_is_a_part_of_the_log_with_its_lines_and_its_seconds() -> None:
    found = list(folds(LOG.splitlines(keepends=True)))
    parts = [LOG[fold.start : fold.end] for fold in found]
    assert [b"$ make\nmade\n", b"no newline", b"last\n"] == parts
    assert [("install", 2, 2.5), ("script", 1, 0.001), ("after_script", 1, None)] == [
        (fold.name, fold.lines, fold.seconds) for fold in found
    ]


def test_a_log_without_marks_has_no_folds() -> None:
    none: list[Fold] = []
    assert none == list(folds([b"one\n", b"two\n"]))


def test_a_mark_is_not_shown_and_its_end_says_how_long_it_took() -> None:
    shown = [text for line in LOG.decode().split("\n") for text in readable(line)]
    assert [
        "before",
        "$ make",
        "made",
        "(install took 2.50 s)",
        "no newline",
        "(script took 0.00 s)",
        "last",
        "",
    ] == shown


def test_a_mark_of_a_program_of_its_own_says_no_time() -> None:
    assert [] == readable("travis_fold:end:mine")
    assert ["travis_fold: is no mark"] == readable("travis_fold: is no mark")


def test_the_parts_of_a_log_are_all_of_it_with_folds_of_a_jobs_own_within_its_programs() -> None:
    log = b"""before
travis_fold:start:script.1
$ make
travis_fold:start:mine
inner
travis_fold:end:mine
more
travis_fold:end:script.1 2000000000
travis_fold:start:after_script
going"""
    assert [
        Part(name="", text=b"before\n", seconds=None),
        Part(name="", text=b"$ make\n", seconds=None),
        Part(name="mine", text=b"inner\n", seconds=0.0),
        Part(name="script.1", text=b"more\n", seconds=2.0),
        Part(name="after_script", text=b"going", seconds=None),
    ] == list(parts(log.splitlines(keepends=True)))
