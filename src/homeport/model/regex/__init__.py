"""Regular expressions as Ruby writes them, in time that grows with the text and no faster. Pure.

Python's `re` backtracks: `^(a+)+$` would hold the whole process for years, and anybody who may open
a pull request writes such a file. Here all ways through the expression are walked at once
(Thompson's construction), so that no file can make more work than `_STEPS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from homeport.model.regex.program import (
    Assert,
    Fork,
    Instruction,
    Look,
    Match,
    One,
    Save,
)
from homeport.model.regex.syntax import CannotParse, program_of

_STEPS = 1_000_000  # some 0.5 s
Slots = tuple[int, ...]  # ends of groups; -1: not reached
_Thread = tuple[int, Slots]  # the next instruction, and what was saved on the way


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

    def groups_in(self, text: str) -> tuple[str, ...] | None:
        """What its groups hold where it matches first, "" for nothing; None where it does not.

        Raises:
            CannotParse: it would take too long to tell.
        """
        slots = _Walk(text).groups(self.program)
        if slots is None:
            return None
        pairs = zip(slots[::2], slots[1::2], strict=True)
        return tuple(text[start:end] if start >= 0 <= end else "" for start, end in pairs)


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

    def groups(self, program: Sequence[Instruction]) -> Slots | None:
        """The ends of the groups, by the way that goes before all others: leftmost, then first."""
        size = 1 + max((i.slot for i in program if isinstance(i, Save)), default=-1)
        threads: list[_Thread] = []
        best: Slots | None = None
        for at in range(len(self._text) + 1):
            if best is None:
                threads.append((0, (-1,) * size))
            wanting, found = self._ordered(program, threads, at)
            best = best if found is None else found
            threads = self._taken(program, wanting, at)
            if best is not None and not threads:
                break
        return best

    def _ordered(
        self, program: Sequence[Instruction], threads: Sequence[_Thread], at: int
    ) -> tuple[list[_Thread], Slots | None]:
        """Those that want a character, in their order; a match ends those that come after it."""
        seen, wanting = set[int](), list[_Thread]()
        stack = list(reversed(threads))
        while stack:
            self._step()
            number, slots = stack.pop()
            if number in seen:
                continue
            seen.add(number)
            match program[number]:
                case Match():
                    return wanting, slots
                case Fork(ways):
                    stack += [(number + way, slots) for way in reversed(ways)]
                case Save(slot):
                    stack.append((number + 1, (*slots[:slot], at, *slots[slot + 1 :])))
                case Assert(holds) if holds(self._text, at):
                    stack.append((number + 1, slots))
                case Look(inside, wanted) if self.finds(inside, range(at, at + 1)) is wanted:
                    stack.append((number + 1, slots))
                case One():
                    wanting.append((number, slots))
                case _:  # the place is not right
                    pass
        return wanting, None

    def _taken(
        self, program: Sequence[Instruction], wanting: Sequence[_Thread], at: int
    ) -> list[_Thread]:
        if at == len(self._text):
            return []
        self._step(len(wanting))
        return [
            (number + 1, slots)
            for number, slots in wanting
            if isinstance(one := program[number], One) and one.takes(self._text[at])
        ]

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
                case Save():
                    stack.append(number + 1)
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
