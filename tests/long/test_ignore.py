"""`.dockerignore` files at random, beside the real BuildKit."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.engine import ignored

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("seed", range(1000, 1300))
def test_of_any_tree_and_file_the_same_is_left_out(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    names, text = ignored.tree(chance), ignored.text(chance)
    expected = ignored.expected(names, text)
    if expected is not None:
        assert expected == ignored.sent(tmp_path, names, text), text
