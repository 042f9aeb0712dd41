"""Ruby's regular expressions: they find what `re` finds where both agree, in bounded time."""

from __future__ import annotations

import random
import re

import pytest

from homeport.model.regex import CannotParse, compiled
from homeport.model.regex.syntax import program_of
from tests.spent import spent


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"^v\d+\.\d+$", "v1.20", True),
        (r"^v\d+\.\d+$", "v1.20-rc", False),
        (r"^(?!master)", "master", False),
        (r"^(?!master)", "develop", True),
        (r"^foo(?=bar)", "foobar", True),
        (r"^a$", "b\na\nc", True),  # lines, not the text
        (r"\Aa\z", "b\na", False),
        (r"a\Z", "a\n", True),
        (r"\Bb", "ab", True),
        (r"[[:digit:]]+-[[:alpha:]_]", "1-a", True),
        (r"[[:^digit:]]", "1", False),
        (r"^\h+$", "C0ffee", True),
        (r"(?i)MASTER", "master", True),
        (r"(?i:M)aster", "mASTER", False),
        (r"(?<year>\d{4})", "2019", True),
        (r"(?:a|b){2,3}$", "xab", True),
        (r"^\d++$", "12", True),  # possessive
        (r"a{,2}b", "b", True),
        (r"a{}", "a{}", True),
        (r"^*-linux$", "-linux", True),  # an anchor that is repeated
        (r"[]a]", "]", True),
        (r"[a-]", "-", True),
        (r"[^a-c]", "b", False),
        (r"[\d.]+", "1.2", True),
        (r"a.c", "a\nc", False),
        (r"\.\/", "./", True),
        (r"é|ß", "ß", True),
        (r"", "", True),
    ],
)
def test_it_is_found_or_not(pattern: str, text: str, expected: bool) -> None:
    assert expected is compiled(pattern).found_in(text)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(", "( is not closed"),
        (")", ") has no ("),
        ("[a", "[ is not closed"),
        ("*a", "* repeats nothing"),
        ("a\\", "\\ escapes nothing"),
        ("[z-a]", "z-a is the wrong way round"),
        (r"(a)\1", r"\1 is not supported"),
        ("(?<=a)b", "(?<= is not supported"),
        ("[[:nothing:]]", "[:nothing:] is not known"),
        ("((a{60}){60}){60}", "it is too large"),
        ("(" * 50, "it is nested too deep"),
    ],
)
def test_what_is_none_says_why(pattern: str, said: str) -> None:
    with pytest.raises(CannotParse) as refused:
        compiled(pattern)
    assert str(refused.value).endswith(f"is no regular expression: {said}")


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a*)*b", "(x+x+)+y", r"^(\w+\s?)*$"])
def test_what_would_take_re_for_ever_takes_no_time(pattern: str) -> None:
    found = []
    assert spent(lambda: found.append(compiled(pattern).found_in("a" * 40 + "!"))) < 5
    assert [False] == found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^v(\d+)\.(\d+)(?:-(.+))?$", "v1.20"),
        (r"^v(\d+)\.(\d+)(?:-(.+))?$", "v1.20-rc1"),
        (r"(a+?)(a*)", "xaaa"),
        (r"(a|ab)(c|bcd)?(d*)", "abcd"),
        (r"(?:(\w+)/)?(\w+)$", "feature/login"),
        (r"((a)|b)+", "ab"),
        (r"(?=(a))a(b)", "ab"),
        (r"x(y)", "none"),
    ],
)
def test_groups_hold_what_those_of_re_hold(pattern: str, text: str) -> None:
    found = re.search(pattern, text)
    held = tuple(group or "" for group in found.groups()) if found else None
    if found and "(?=" in pattern:
        held = ("", *held[1:]) if held else held  # what is only looked at is not held
    assert held == compiled(pattern).groups_in(text)


def test_groups_are_found_in_bounded_time() -> None:
    found = []
    assert spent(lambda: found.append(compiled(r"^(a+)+(b)$").groups_in("a" * 200))) < 5
    assert [None] == found


def test_what_would_take_too_long_is_refused() -> None:
    with pytest.raises(CannotParse, match="would take too long"):
        compiled("(?:a?){300}c").found_in("a" * 20_000)


def test_it_agrees_with_re() -> None:
    """Expressions and texts by chance; both read these the same."""
    dice = random.Random(3)
    different = []
    for _ in range(2_000):
        pattern = _pattern(dice)
        text = "".join(dice.choice("ab1-\n") for _ in range(dice.randrange(7)))
        expected = bool(re.compile(pattern, re.MULTILINE).search(text))
        if expected is not compiled(pattern).found_in(text):
            different.append((pattern, text))
    assert [] == different


def _pattern(dice: random.Random, depth: int = 0) -> str:
    def inner() -> str:
        return _pattern(dice, depth + 1)

    atoms = ["a", "b", ".", r"\d", r"\w", "[ab]", "[^a]", "^", "$", r"\b", "1", "-", "[a-c1]"]
    if depth > 3 or dice.random() < 0.4:
        return dice.choice(atoms)
    repeat = dice.choice(["*", "+", "?", "{2}", "{1,2}", "{2,}", "*?"])
    kinds = [f"{inner()}{inner()}", f"({inner()}|{inner()})", f"(?!{inner()})", f"(?={inner()})"]
    return dice.choice([*kinds, f"(?:{inner()}){repeat}"])


def test_a_program_ends_with_its_match() -> None:
    assert 4 == len(program_of("abc"))
