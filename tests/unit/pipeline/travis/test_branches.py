"""Which branches are built, and which commits ask not to be."""

from __future__ import annotations

import pytest

from homeport.pipeline.travis.branches import builds, skips
from homeport.pipeline.travis.model import Branches


@pytest.mark.parametrize(
    ("branches", "name", "expected"),
    [
        (Branches(), "master", True),
        (Branches(), "gh-pages", False),
        (Branches(only=("master",)), "master", True),
        (Branches(only=("master",)), "v1.0", False),
        (Branches(only=("/^v/",)), "v1.0", True),
        (Branches(only=("/v/",)), "dev", True),  # it is not anchored
        (Branches(only=("/V/i",)), "dev", True),
        (Branches(only=("v",)), "dev", False),
        (Branches(only=("/(/",)), "(", False),
        (Branches(only=("/.*/",)), "gh-pages", False),
        (Branches(only=("gh-pages", "/.*/")), "gh-pages", True),
        (Branches(excluded=("/^tmp/",)), "tmp/x", False),
        (Branches(excluded=("/^tmp/",)), "master", True),
        (Branches(only=("master",), excluded=("master",)), "master", True),
    ],
)
def test_only_beats_except_and_pages_must_be_named(
    branches: Branches, name: str, expected: bool
) -> None:
    assert expected is builds(branches, name)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Fix it [skip ci]", True),
        ("[ci skip]", True),
        ("a\n\n[CI SKIP]", True),
        ("[skip travis]", True),
        ("[travis skip]", True),
        ("[skip-ci]", True),
        ("[skip travis ci]", True),
        ("skip ci", False),
        ("[skip] ci", False),
    ],
)
def test_a_message_can_ask_for_no_jobs(message: str, expected: bool) -> None:
    assert expected is skips(message)
