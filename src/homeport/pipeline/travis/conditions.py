"""`if`: conditions on a push, its branch and the job's environment. Pure.

`NOT` binds closest, then `AND`, then `OR`; `!`, `&&` and `||` are the same.
Source: travis-conditions (v1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from homeport.model.regex import CannotParse, compiled

MAX_LENGTH, MAX_DEPTH = 4_000, 40

VARIABLES = [
    "type",
    "repo",
    "head_repo",
    "os",
    "dist",
    "group",
    "sudo",
    "language",
    "sender",
    "fork",
    "branch",
    "head_branch",
    "tag",
    "commit_message",
]

Value = Any  # text, true, false or None
Data = Mapping[str, Value]
Test = Callable[[Data], Value]


def holds(condition: str, data: Data) -> bool:
    """Whether a condition holds; `data` has the variables, and in `env` those of the job.

    Raises:
        CannotParse: it is no condition, or its regular expression is none.
    """
    return bool(parse(condition)(data))


@lru_cache(maxsize=256)
def parse(condition: str) -> Test:
    """A condition as a function of the data.

    Raises:
        CannotParse: it is no condition.
    """
    if len(condition) > MAX_LENGTH:
        raise CannotParse(f"it is longer than {MAX_LENGTH} characters")
    parser = _Parser(re.sub(r"\\\s*[\n\r]", " ", condition))
    test = parser.either()
    if parser.rest():
        raise CannotParse(f"at column {parser.at + 1}: {parser.rest()[:20]} was not expected")
    return test


_VARIABLE = re.compile(
    rf"(?i)({'|'.join(sorted(VARIABLES, key=len, reverse=True))})(?=[\s=!)|&~,]|$)"
)
_CALL = re.compile(r"(?i)(env|concat)\s*\(")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_WORD = re.compile(r"[^\s()\"',=!&|~]+")
_REGEX = re.compile(r"/((?:\\.|[^/\\])*)/|/(\S*)/|(\S*[^\s)])")
_EQUAL, _MATCH = re.compile(r"==|=(?!~)|!="), re.compile(r"=~|~=|!~")
_IN, _IS = re.compile(r"(?i)(not\s+)?in(?=[\s(])"), re.compile(r"(?i)is(\s+not)?(?=\s)")
_STATE = re.compile(r"(?i)(present|blank|true|false)\b")
_OR, _AND = re.compile(r"(?i)\|\||or(?=[\s(!])"), re.compile(r"(?i)&&|and(?=[\s(!])")
_NOT = re.compile(r"(?i)!(?![=~])|not(?=[\s(])")


@dataclass(slots=True)
class _Parser:
    """Recursive descent over the text; `at` is how far it came."""

    text: str
    at: int = 0
    depth: int = 0

    def rest(self) -> str:
        return self.text[self.at :].strip()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def expect(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        found = self.take(pattern)
        if not found:
            raise CannotParse(f"at column {self.at + 1}: {what} is missing")
        return found

    # --- boolean ---

    def either(self) -> Test:
        """`a OR b`."""
        tests = [self.both()]
        while self.take(_OR):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda data: any(test(data) for test in tests)

    def both(self) -> Test:
        """`a AND b`."""
        tests = [self.negated()]
        while self.take(_AND):
            tests.append(self.negated())
        return tests[0] if len(tests) == 1 else lambda data: all(test(data) for test in tests)

    def negated(self) -> Test:
        """`NOT a`, `(a)`, or a term."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise CannotParse(f"it is nested more than {MAX_DEPTH} deep")
        test = self._negated()
        self.depth -= 1
        return test

    def _negated(self) -> Test:
        if self.take(_NOT):
            inner = self.negated()
            return lambda data: not inner(data)
        if self.take(re.compile(r"\(")):
            inner = self.either()
            self.expect(re.compile(r"\)"), ")")
            return inner
        return self.term()

    # --- terms ---

    def term(self) -> Test:
        """`branch = master`, `tag IS present`, `type IN (push, api)`, `tag =~ ^v`, or a value."""
        left = self.operand()
        if found := self.take(_IN):
            return _negated_if(found[1], _is_in(left, self.values()))
        if found := self.take(_IS):
            state = self.expect(_STATE, "present, blank, true or false")[1].lower()
            return _negated_if(found[1], _is(left, state))
        if found := self.take(_MATCH):
            return _negated_if(found[0] == "!~", _matches(left, self.regex()))
        if found := self.take(_EQUAL):
            right = self.operand()
            return _negated_if(found[0] == "!=", lambda data: _same(left(data), right(data)))
        return left

    def operand(self) -> Test:
        """A variable, a call, or text."""
        if found := self.take(_VARIABLE):
            name = found[1].lower()
            return lambda data: data.get(name)
        if found := self.take(_CALL):
            return self.call(found[1].lower())
        if found := self.take(_QUOTED):
            text = found[1] if found[1] is not None else found[2]
            return lambda _data: text
        word = self.expect(_WORD, "a value")[0]
        return lambda _data: word

    def call(self, name: str) -> Test:
        """`env(NAME)` and `concat(a, b)`; the bracket is open."""
        values = self.listed()
        if name == "concat":
            return lambda data: "".join(_text(value(data)) for value in values)
        if len(values) != 1:
            raise CannotParse(f"at column {self.at + 1}: env() has one name")
        return lambda data: (data.get("env") or {}).get(_text(values[0](data)))

    def values(self) -> list[Test]:
        """`(a, b)`."""
        self.expect(re.compile(r"\("), "(")
        return self.listed()

    def listed(self) -> list[Test]:
        """`a, b)`."""
        found = [self.operand()]
        while not self.take(re.compile(r"\)")):
            self.take(re.compile(","))
            found.append(self.operand())
        return found

    def regex(self) -> Test:
        """`/text/`, text up to a space, or a call."""
        if found := self.take(_CALL):
            return self.call(found[1].lower())
        found = self.expect(_REGEX, "a regular expression")
        text = next(part for part in found.groups() if part is not None)
        compiled(text)
        return lambda _data: text


def _negated_if(negated: object, test: Test) -> Test:
    return (lambda data: not test(data)) if negated else test


def _is_in(left: Test, values: Sequence[Test]) -> Test:
    return lambda data: any(_same(left(data), value(data)) for value in values)


def _is(left: Test, state: str) -> Test:
    if state in ("true", "false"):
        return lambda data: _truth(left(data)) is (state == "true")
    return lambda data: bool(_text(left(data))) is (state == "present")


def _matches(left: Test, regex: Test) -> Test:
    def test(data: Data) -> bool:
        value = left(data)  # what is not there matches nothing, not even `.*`
        return value is not None and compiled(_text(regex(data))).found_in(_text(value))

    return test


def _same(left: Value, right: Value) -> bool:
    return _text(left) == _text(right) and (left is None) == (right is None)


def _truth(value: Value) -> bool:
    return bool(value) and value != "false"


def _text(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
