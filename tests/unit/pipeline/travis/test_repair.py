"""What a word was meant to be."""

from __future__ import annotations

import pytest

from homeport.pipeline.travis.repair import cleaned, distance, nearest
from homeport.pipeline.travis.schema import ALL_KEYS, ROOT
from homeport.pipeline.travis.typos import TYPOS


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("", "", 0), ("a", "", 1), ("kitten", "sitten", 1), ("script", "scirpt", 2), ("ab", "ba", 2)],
)
def test_the_distance_is_levenshteins(one: str, other: str, expected: int) -> None:
    assert expected == distance(one, other)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("langauge", "language"),
        ("before_instal", "before_install"),
        ("after_sucess", "after_success"),
        ("nodejs", "node_js"),
        ("evn", "env"),
        ("golang", ""),  # it means something else
        ("email", ""),  # it is a key elsewhere
        ("xy", ""),  # it is too short to tell
        ("something_else", ""),
    ],
)
def test_the_nearest_key_is_meant_where_one_is_near(word: str, expected: str) -> None:
    assert expected == nearest(word, ROOT.names, ALL_KEYS)


def test_a_key_is_cleaned_of_what_no_key_has() -> None:
    assert "before_install" == cleaned("-before-install*")


def test_every_typo_means_a_key() -> None:
    keys = ALL_KEYS | {"matrix"}
    assert [] == [typo for typo, key in TYPOS.items() if key not in keys]
