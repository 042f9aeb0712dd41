"""When a job has the same input as one before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeport.pipeline.passed import Inputs, key_of

INPUTS = Inputs(
    tree="t1", config={"script": ["make"]}, image="sha256:1", secrets={"KEY": 1.0}, branch="main"
)


def test_equal_inputs_have_one_key() -> None:
    assert key_of(INPUTS) == key_of(replace(INPUTS, config={"script": ["make"]}))


@pytest.mark.parametrize(
    "changed",
    [
        replace(INPUTS, tree="t2"),
        replace(INPUTS, config={"script": ["make test"]}),
        replace(INPUTS, image="sha256:2"),
        replace(INPUTS, secrets={"KEY": 2.0}),
        replace(INPUTS, secrets={}),
        replace(INPUTS, branch="topic"),
        replace(INPUTS, pull=True),
    ],
)
def test_whatever_changes_makes_another(changed: Inputs) -> None:
    assert key_of(INPUTS) != key_of(changed)
