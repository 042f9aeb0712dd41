"""What a file may not ask for, and that nothing in it can crash the planner."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.errors import FileFault
from homeport.pipeline.travis.schema import ROOT
from tests.spent import spent
from tests.unit.pipeline.travis.shown import planned, shown
from tests.unit.pipeline.travis.test_golden import BEFORE_PLAN, BETWEEN, GOLDEN


def refusal(text: str) -> str:
    with pytest.raises(FileFault) as refused:
        planned(text)
    return refused.value.message


def listed(count: int) -> str:
    return ", ".join(f"A={n}" for n in range(count))


def test_two_hundred_jobs_are_planned_and_one_more_is_refused() -> None:
    assert 200 == len(planned(f"env: [{listed(200)}]").jobs)
    assert ".travis.yml: jobs: makes 201 jobs" == refusal(f"env: [{listed(201)}]")


def test_what_is_excluded_does_not_count() -> None:
    text = f"env: [{listed(201)}]\njobs: {{exclude: [{{env: A=7}}]}}"
    assert 200 == len(planned(text).jobs)


def test_a_product_is_refused_before_it_is_made() -> None:
    text = f"language: python\npython: [{listed(100)}]\nenv: [{listed(100)}]"
    assert ".travis.yml: jobs: makes 10000 jobs" == refusal(text)


def test_a_list_that_is_too_long_is_refused() -> None:
    assert ".travis.yml:1:1: script: has 2001 items" == refusal(f"script: [{listed(2001)}]")
    assert ".travis.yml:1:1: env.jobs: has 2001 items" == refusal(f"env: [{listed(2001)}]")


def test_many_rules_for_many_jobs_do_not_multiply() -> None:
    rules = "\n".join(f"    - env: B={n}" for n in range(400))
    text = (
        f"language: python\npython: [{', '.join(map(str, range(31)))}]\nenv:\n"
        f"  global: [{listed(400)}]\n  jobs: [{', '.join(f'C={n}' for n in range(32))}]\n"
        f"jobs:\n  exclude:\n{rules}\n"
    )
    said = []
    assert spent(lambda: said.append(refusal(text))) < 20
    assert "makes 992 jobs" in said[0]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["A=1", '"']),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ROOT.names, "include", "if", "secure", "?"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(ROOT.names), VALUES, max_size=6)
    | st.dictionaries(st.text(max_size=6), VALUES)
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_value_under_any_key_is_planned_or_refused(tree: dict[str, object]) -> None:
    _planned_or_refused(yaml.safe_dump(tree, allow_unicode=True))


def test_files_with_damage_are_planned_or_refused() -> None:
    """Lines are swapped and cut, and characters put where they hurt."""
    dice = random.Random(7)
    for text in _texts():
        for _ in range(8):
            _planned_or_refused(_damaged(text, dice))


def _texts() -> list[str]:
    cases = (
        case for path in Path(GOLDEN).glob("*.yml") for case in path.read_text().split(BETWEEN)
    )
    return [case.split(BEFORE_PLAN)[0] for case in cases]


def _damaged(text: str, dice: random.Random) -> str:
    lines = text.splitlines()
    dice.shuffle(lines)
    at = dice.randrange(len(text) + 1)
    put = dice.choice(["'", '"', ": ", "- ", "[", "}", "&a ", "*a", "\t", "!!x ", "\x00"])
    return dice.choice([text[:at] + put + text[at:], text[:at] + text[at + 3 :], "\n".join(lines)])


def _planned_or_refused(text: str) -> None:
    with contextlib.suppress(FileFault):
        shown(planned(text))
