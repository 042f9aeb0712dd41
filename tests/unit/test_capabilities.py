"""docs/capabilities.md: what it names is there, and no row says nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from bench.__main__ import NUMBERS

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs" / "capabilities.md").read_text()


def rows() -> list[list[str]]:
    """The cells of each row, without the heads of the tables."""
    lines = [line.strip("| ") for line in TEXT.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [row for row in cells if row[0] != "what"]


def functions(file: Path) -> set[str]:
    """The tests in a file."""
    nodes = ast.walk(ast.parse(file.read_text()))
    return {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or (name and name not in functions(ROOT / file))
    ]
    assert [] == missing
    assert len(named) > 40


def test_every_figure_names_a_command_that_measures_it() -> None:
    named = set(re.findall(r"`script/bench (\w+)`", TEXT))
    assert set(NUMBERS) == named


def test_every_row_is_shown_by_something() -> None:
    assert [] == [row for row in rows() if not re.search(r"`(tests/|script/bench )", " ".join(row))]
