"""tests/golden/travis: files of one subject each; a case is a file, a line of dashes, its plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pipeline.travis.shown import planned, shown

GOLDEN = Path(__file__).parents[3] / "golden" / "travis"
BETWEEN, BEFORE_PLAN = f"{'=' * 40}\n", f"{'-' * 40}\n"

CASES = [
    pytest.param(case, id=f"{path.stem}-{number}")
    for path in sorted(GOLDEN.glob("*.yml"))
    for number, case in enumerate(path.read_text().split(BETWEEN), 1)
]


@pytest.mark.parametrize("case", CASES)
def test_a_file_makes_the_plan_that_stands_below_it(case: str) -> None:
    text, expected = case.split(BEFORE_PLAN)
    assert expected.rstrip("\n") == shown(planned(text))


def test_there_are_cases() -> None:
    assert len(CASES) > 60
