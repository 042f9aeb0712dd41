"""What a regular expression becomes: instructions, and how they are joined. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Takes = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class One:
    """Take one character."""

    takes: Takes


@dataclass(frozen=True, slots=True)
class Fork:
    """Go on at each of these places, counted from here."""

    ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Assert:
    """Go on where a place in the text is right."""

    holds: Callable[[str, int], bool]


@dataclass(frozen=True, slots=True)
class Look:
    """Go on where another program matches here, or does not."""

    inside: Sequence[Instruction]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Save:
    """Remember the place: slots 2n and 2n + 1 are the ends of group n, which count from 0."""

    slot: int


@dataclass(frozen=True, slots=True)
class Match:
    """The end: it was found."""


Instruction = One | Fork | Assert | Look | Save | Match
Part = list[Instruction]


def alternatives(parts: list[Part]) -> Part:
    """A fork to each part, and after each a jump behind the last."""
    ways, place = [], 1
    for part in parts:
        ways.append(place)
        place += len(part) + 1
    found: Part = [Fork(tuple(ways))]
    for part in parts:
        found += part
        found.append(Fork((place - len(found),)))
    return found


def repeated(part: Part, least: int, most: int | None, *, lazy: bool = False) -> Part:
    """At least and at most so often; None: as often as you like. Lazy: the way out is first."""
    size = len(part)
    if most is None:
        again: Part = [_fork(1, size + 2, lazy), *part, Fork((-size - 1,))]
        return part * least + again
    once: Part = [_fork(1, size + 1, lazy), *part]
    return part * least + once * max(most - least, 0)


def _fork(inside: int, behind: int, lazy: bool) -> Fork:
    return Fork((behind, inside) if lazy else (inside, behind))
