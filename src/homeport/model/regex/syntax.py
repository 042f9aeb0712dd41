r"""The syntax of Ruby's regular expressions, to a program for `regex`. Pure.

`^` and `$` are the ends of lines. Possessive quantifiers are greedy ones here: they find more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from homeport.model.regex.characters import (
    CLASSES,
    ESCAPED,
    PLACES,
    POSIX,
    any_but_newline,
)
from homeport.model.regex.program import (
    Assert,
    Instruction,
    Look,
    Match,
    One,
    Part,
    Save,
    Takes,
    alternatives,
    repeated,
)

MAX_PROGRAM = 2_000  # instructions: `(a{40}){50}` reaches it
MAX_DEPTH = 30


class CannotParse(ValueError):
    """It is no condition, or no regular expression."""


_QUANTIFIER = re.compile(r"([*+?]|\{(\d*)(,?)(\d*)\})[?+]?")
_GROUP = re.compile(r"\?(?::|([=!])|<(?![=!])\w*>|'\w*'|([imx]*)(?:-[imx]*)?(:|\)))")
_LEAST = {"*": 0, "+": 1, "?": 0}


def program_of(text: str) -> Sequence[Instruction]:
    """The program of a regular expression.

    Raises:
        CannotParse: it is none, too large, or needs what is not supported.
    """
    parser = _Parser(text)
    part = parser.either()
    if parser.at < len(text):
        raise parser.fault(") has no (")
    return (*part, Match())


@dataclass(slots=True)
class _Parser:
    text: str
    at: int = 0
    depth: int = 0
    folded: bool = False  # whether case does not count
    groups: int = 0  # those that remember what they hold

    def fault(self, said: str) -> CannotParse:
        return CannotParse(f"{self.text} is no regular expression: {said}")

    def peek(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def take(self, size: int = 1) -> str:
        found = self.peek(size)
        self.at += size
        return found

    # --- structure ---

    def either(self) -> Part:
        parts = [self.row()]
        while self.peek() == "|":
            self.take()
            parts.append(self.row())
        return parts[0] if len(parts) == 1 else alternatives(parts)

    def row(self) -> Part:
        found: Part = []
        while self.peek() not in ("", "|", ")"):
            found += self.quantified(self.atom())
            if len(found) > MAX_PROGRAM:
                raise self.fault("it is too large")
        return found

    def quantified(self, part: Part) -> Part:
        while found := _QUANTIFIER.match(self.text, self.at):
            if found[1][0] == "{" and not (found[2] or found[4]):
                break  # `{}` and `{,}` are themselves
            self.at = found.end()
            least, most = _counts(found)
            if (max(least, most or 0) + 1) * (len(part) + 2) > MAX_PROGRAM:
                raise self.fault("it is too large")
            part = repeated(part, least, most, lazy=found[0].endswith("?") and found[0] != "?")
        return part

    def atom(self) -> Part:
        char = self.take()
        if char == "(":
            return self.group()
        if char == "[":
            return [One(self.char_class())]
        if char == "\\":
            return [self.escaped()]
        if char in "^$":
            return [Assert(PLACES[char])]
        if char in "*+?":
            raise self.fault(f"{char} repeats nothing")
        return [One(any_but_newline if char == "." else self.literal(char))]

    def group(self) -> Part:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault("it is nested too deep")
        folded, look, slot = self.folded, "", 2 * self.groups
        named = not self.peek(2).startswith("?") or self.peek(2) in ("?<", "?'")
        self.groups += named
        if self.peek() == "?":
            found = _GROUP.match(self.text, self.at)
            if not found:
                raise self.fault(f"({self.peek(3)} is not supported")
            self.at, look = found.end(), found[1] or ""
            self.folded = folded or "i" in (found[2] or "")
            if found[3] == ")":  # `(?i)` holds for what follows
                self.depth -= 1
                return []
        part = self.either()
        if self.take() != ")":
            raise self.fault("( is not closed")
        self.folded = folded
        self.depth -= 1
        if named:
            return [Save(slot), *part, Save(slot + 1)]
        return [Look((*part, Match()), look == "=")] if look else part

    # --- characters ---

    def literal(self, char: str) -> Takes:
        if not self.folded:
            return char.__eq__
        both = char.lower() + char.upper()
        return lambda one: one in both

    def escaped(self) -> Instruction:
        char = self.take()
        if not char:
            raise self.fault(r"\ escapes nothing")
        if place := PLACES.get(f"\\{char}"):
            return Assert(place)
        if char in "123456789kGKXRpP":
            raise self.fault(f"\\{char} is not supported")
        return One(self.escape(char))

    def escape(self, char: str) -> Takes:
        if takes := CLASSES.get(char):
            return takes
        if takes := CLASSES.get(char.lower()):
            return lambda one: not takes(one)
        return self.literal(ESCAPED.get(char, char))

    def char_class(self) -> Takes:
        negated = self.peek() == "^"
        self.at += negated
        tests: list[Takes] = []
        while self.peek() != "]" or not tests:
            if not self.peek():
                raise self.fault("[ is not closed")
            tests.append(self.member())
        self.take()
        if negated:
            return lambda one: not any(test(one) for test in tests)
        return lambda one: any(test(one) for test in tests)

    def member(self) -> Takes:
        if found := re.compile(r"\[:(\^?)(\w+):\]").match(self.text, self.at):
            self.at = found.end()
            if not (takes := POSIX.get(found[2])):
                raise self.fault(f"[:{found[2]}:] is not known")
            return (lambda one: not takes(one)) if found[1] else takes
        char = self.take()
        if char == "[":
            return self.char_class()
        if char == "\\":
            char = self.take()
            if char.lower() in CLASSES:
                return self.escape(char)
            char = "\b" if char == "b" else ESCAPED.get(char, char)
        if self.peek() == "-" and self.peek(2) not in ("-", "-]"):
            return self.range(char)
        return self.literal(char)

    def range(self, first: str) -> Takes:
        self.take()
        last = self.take()
        last = self.take() if last == "\\" else last
        if last < first:
            raise self.fault(f"{first}-{last} is the wrong way round")
        if not self.folded:
            return lambda one: first <= one <= last
        return lambda one: first <= one.lower() <= last or first <= one.upper() <= last


def _counts(found: re.Match[str]) -> tuple[int, int | None]:
    """At least and at most; None: as often as you like."""
    if found[1] in _LEAST:
        return _LEAST[found[1]], 1 if found[1] == "?" else None
    least, most = found[2][:6], found[4][:6]
    if not found[3]:
        return int(least), int(least)
    return int(least or 0), int(most) if most else None
