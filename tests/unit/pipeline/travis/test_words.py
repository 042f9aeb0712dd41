"""A line of `env` to its variables."""

from __future__ import annotations

import pytest

from homeport.pipeline.travis.words import NotShell, variables


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=1", [("A", "1")]),
        ("  A=1   B=2  ", [("A", "1"), ("B", "2")]),
        ("A=", [("A", "")]),
        ("A", [("A", "")]),
        ("A=b=c", [("A", "b=c")]),
        ('A="b c" D=e', [("A", '"b c"'), ("D", "e")]),
        ("A='b c'd D=e", [("A", "'b c'd"), ("D", "e")]),
        ("A=`date -u` B=1", [("A", "`date -u`"), ("B", "1")]),
        ('A="x \\"y\\" z" B=1', [("A", '"x \\"y\\" z"'), ("B", "1")]),
        ('A="$(echo "x y")" B=1', [("A", '"$(echo "x y")"'), ("B", "1")]),
        ('A="${B:-"c d"}" E=1', [("A", '"${B:-"c d"}"'), ("E", "1")]),
        ("A=b\\ c D=e", [("A", "b\\ c"), ("D", "e")]),
        ("A=$B/c D=e", [("A", "$B/c"), ("D", "e")]),
        ("A=${B}/c D=e", [("A", "${B}/c D=e")]),
        ("A=$(b c) D=e", [("A", "$(b c) D=e")]),
        ("A=1\nB=2", [("A", "1"), ("B", "2")]),
        ('"A=b"', [("A", "b")]),
        ('"A=b" C=d', [("A", "b"), ("C", "d")]),
        ('"note: that"', [("note:", "")]),
        ('""', [("", "")]),
        ("", []),
    ],
)
def test_it_splits_as_a_shell_does_and_quotes_stay(
    line: str, expected: list[tuple[str, str]]
) -> None:
    assert expected == variables(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('A="b', 'at column 3: " is not closed'),
        ("A='b", "at column 3: ' is not closed"),
        ("A=`b", "at column 3: ` is not closed"),
        ("=1", "at column 1: a name is missing"),
        ('"A=b"c', "at column 6: c"),
    ],
)
def test_what_cannot_be_split_says_where(line: str, said: str) -> None:
    with pytest.raises(NotShell) as refused:
        variables(line)
    assert said == str(refused.value)
