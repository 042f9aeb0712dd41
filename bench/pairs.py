"""How measurements are ordered, so that a machine which grows slower in between blames nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


def interleaved(
    subjects: Mapping[str, Callable[[], T]],
    rounds: int,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, list[T]]:
    """Measure every subject once a round: A B, then B A, then A B again."""
    found: dict[str, list[T]] = {name: [] for name in subjects}
    for number in range(rounds):
        order = list(subjects) if number % 2 == 0 else list(subjects)[::-1]
        for name in order:
            tell(f"{number + 1}/{rounds} {name}")
            found[name].append(subjects[name]())
    return found
