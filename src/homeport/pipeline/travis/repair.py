"""What a word was meant to be: known typos first, then the nearest known word. Pure.

Source: travis-yml, `doc/helper/match.rb` and `doc/change/key.rb`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from homeport.pipeline.travis.typos import NEVER, TYPOS

_FARTHEST = 4  # of the distance between two words, in edits


def dictionary(word: str, stop: Iterable[str]) -> str:
    """What a typo is known to mean; "" where it is not known, or where it is a key elsewhere."""
    return "" if word in NEVER or word in stop else TYPOS.get(word, "")


def cleaned(word: str) -> str:
    """A key without what no key has: `before-install:` -> `before_install`."""
    word = re.sub(r"\W", "", word.replace("-", "_").replace(" ", "_"))
    return word.strip("_").replace("__", "_")


@lru_cache(maxsize=4096)
def nearest(word: str, known: Sequence[str], stop: frozenset[str] = frozenset()) -> str:
    """The known word that another one was meant to be; "" where none is near.

    `stop` are words that mean something elsewhere, and so are no typo.
    """
    if len(word) < 3 or word in NEVER or word in stop:
        return ""
    pairs = sorted(
        ((distance(word, other), other) for other in known if _may_be_near(word, other)),
        key=lambda pair: pair[0],
    )
    pairs = [pair for pair in pairs if pair[0] < min(len(word), len(pair[1])) / 2][:20]
    if not pairs and len(word) < 6:
        return next((other for other in known if sorted(other) == sorted(word)), "")
    if len(pairs) > 1 and pairs[0][0] == pairs[1][0]:
        return max((other for _, other in pairs), key=lambda other: _likeness(word, other))
    return pairs[0][1] if pairs else ""


def _likeness(word: str, other: str) -> tuple[int, int]:
    """How many letters two words share; of two that share as many the longer is the likelier."""
    return len(set(word) & set(other)), len(other)


def _may_be_near(word: str, other: str) -> bool:
    return abs(len(word) - len(other)) < _FARTHEST


def distance(one: str, other: str) -> int:
    """Levenshtein's: how many letters must be set, taken or put."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return min(row[-1], _FARTHEST * 10) if row[-1] < _FARTHEST else _FARTHEST * 10
