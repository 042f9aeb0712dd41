"""A file's text to a tree: Travis's is accepted, and what cannot be is refused by name."""

from __future__ import annotations

import pytest

from homeport.errors import FileFault
from homeport.pipeline.travis.load import MAX_NODES, load, resolve
from homeport.pipeline.travis.messages import Messages
from homeport.pipeline.travis.tree import Table


def loaded(text: str) -> Table:
    return load(text, Messages("f"))


def refusal(text: str) -> tuple[str, str]:
    """What is said, and what to do."""
    with pytest.raises(FileFault) as refused:
        loaded(text)
    return refused.value.message, refused.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.10", "3.10"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("12", 12),
        ("1_000", 1000),
        ("0o", "0o"),
        ("010", 8),
        ("0x1F", 31),
        ("0b11", 3),
        ("-3", -3),
        ("1,000", 1000),
        ("0x_", "0x_"),
        ("1:30", "1:30"),
        (":latest", "latest"),
        (":", ":"),
        ("2019-01-01", "2019-01-01"),
        ("1e3", "1e3"),
    ],
)
def test_a_plain_scalar_is_what_travis_takes_it_for(text: str, expected: object) -> None:
    assert (expected, type(expected)) == (resolve(text), type(resolve(text)))


def test_quoted_scalars_are_text() -> None:
    assert {"a": "3", "b": "true", "c": ""} == loaded("a: '3'\nb: \"true\"\nc: ''")


def test_keys_and_items_know_where_they_stand() -> None:
    tree = loaded("a: 1\nb:\n  - x\n  - c: 2\n")
    assert {"a": (1, 1), "b": (2, 1)} == tree.marks
    assert [(3, 5), (4, 5)] == tree["b"].marks
    assert {"c": (4, 5)} == tree["b"][1].marks


def test_merge_keys_keep_rubys_order() -> None:
    """What is merged overrides what stands before it, and of several the first wins."""
    tree = loaded("a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc:\n  x: 0\n  <<: [*a, *b]\n  y: 3\n")
    assert {"x": 1, "z": 2, "y": 3} == tree["c"]


def test_a_byte_order_mark_and_spaces_that_do_not_break_are_read_over() -> None:
    assert {"a": {"b": "1 2"}} == loaded("\ufeffa:\n\u00a0\u00a0b: 1 2\n")


def test_letters_of_every_language_stay() -> None:
    assert {"name": "José 🚢"} == loaded("name: José 🚢")


def test_only_the_first_document_counts() -> None:
    assert {"a": 1} == loaded("a: 1\n---\nb: 2\n")


@pytest.mark.parametrize("text", ["", "# nothing", "---\n", "~"])
def test_a_file_without_content_says_nothing(text: str) -> None:
    assert {} == loaded(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b\n", "f:1:1: is a list where keys are wanted"),
        ("just text", "f:1:1: is a text where keys are wanted"),
        ("a: [", "f:2:1: is no YAML: did not find expected node content"),
        ("a: b: c", "f:1:5: is no YAML: mapping values are not allowed in this context"),
        ("a:\n\t- b", "f:2:1: is no YAML: found character that cannot start any token"),
        ("? [a]\n: b", "f:1:3: has a key that is no text"),
    ],
)
def test_what_is_no_mapping_is_refused_with_its_place(text: str, said: str) -> None:
    assert said == refusal(text)[0]


def test_a_cycle_is_refused_by_name() -> None:
    expected = ("f:1:11: uses *a inside of &a: a cycle", "write the value out")
    assert expected == refusal("a: &a [x, *a]")


def test_a_bomb_is_refused_by_name() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    said, hint = refusal("\n".join(lines))
    assert f"expands to more than {MAX_NODES} values: a YAML bomb" in said
    assert "use fewer aliases of aliases" == hint


@pytest.mark.parametrize("text", ["a: " + "[" * 500 + "]" * 500, "a: " + "{b: " * 60 + "}" * 60])
def test_what_is_nested_too_deep_is_refused(text: str) -> None:
    assert "is nested more than 50 deep" in refusal(text)[0]


def test_aliases_count_for_the_depth() -> None:
    deep = "[" * 30
    text = f"a: &a {deep}{']' * 30}\nb: {deep}*a{']' * 30}\n"
    assert "is nested more than 50 deep" in refusal(text)[0]


def test_more_than_a_megabyte_is_refused() -> None:
    assert "f: is larger than 1 MB" == refusal("a: " + "x" * 1_000_000)[0]
    assert "f: is larger than 1 MB" == refusal("a: " + "é" * 600_000)[0]
