"""Regular expressions as Ruby writes them, in time that grows with the text and no faster. Pure.

Python's `re` backtracks: `^(a+)+$` would hold the whole process for years, and anybody who may open
a pull request writes such a file. Here all ways through the expression are walked at once
(Thompson's construction), so that no file can make more work than `_STEPS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from homeport.pipeline.travis.regex_program import Assert, Fork, Instruction, Look, Match, One
from homeport.pipeline.travis.regex_syntax import CannotParse, program_of

_STEPS = 1_000_000  # some 0.5 s


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression that can be looked for."""

    program: Sequence[Instruction]

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in a text.

        Raises:
            CannotParse: it would take too long to tell.
        """
        return _Walk(text).finds(self.program, range(len(text) + 1))


@lru_cache(maxsize=256)
def compiled(text: str) -> Regex:
    """A regular expression.

    Raises:
        CannotParse: it is none, or needs what is not supported: backreferences and lookbehind.
    """
    return Regex(program_of(text))


class _Walk:
    """All ways through a program at once, over one text."""

    def __init__(self, text: str) -> None:
        self._text, self._left = text, _STEPS

    def finds(self, program: Sequence[Instruction], starts: range) -> bool:
        """Whether it matches from one of the places."""
        here: set[int] = set()
        for at in range(starts.start, len(self._text) + 1):
            if at in starts:
                here.add(0)
            reached = self._reached(program, here, at)
            if reached is None:
                return True
            here = self._next(program, reached, at)
            if not here and at + 1 not in starts:
                return False
        return False

    def _reached(
        self, program: Sequence[Instruction], begin: set[int], at: int
    ) -> list[int] | None:
        """Where one character is wanted next; None where the end is reached."""
        seen, stack, wanting = set[int](), list(begin), list[int]()
        while stack:
            self._step()
            if (number := stack.pop()) in seen:
                continue
            seen.add(number)
            match program[number]:
                case Match():
                    return None
                case Fork(ways):
                    stack += [number + way for way in ways]
                case Assert(holds) if holds(self._text, at):
                    stack.append(number + 1)
                case Look(inside, wanted) if self.finds(inside, range(at, at + 1)) is wanted:
                    stack.append(number + 1)
                case One():
                    wanting.append(number)
                case _:  # the place is not right
                    pass
        return wanting

    def _next(self, program: Sequence[Instruction], wanting: list[int], at: int) -> set[int]:
        if at == len(self._text):
            return set()
        char = self._text[at]
        self._step(len(wanting))
        return {
            number + 1
            for number in wanting
            if isinstance(one := program[number], One) and one.takes(char)
        }

    def _step(self, count: int = 1) -> None:
        self._left -= count
        if self._left < 0:
            raise CannotParse("it would take too long to look for the regular expression")


__all__ = ["CannotParse", "Regex", "compiled"]
