"""A line of `env` to its variables, as a shell would split it. Pure.

Quotes stay in the values: bash takes them away when it exports them.
Source: sh_vars, which Travis uses.
"""

from __future__ import annotations

import re

_KEY = re.compile(r"[^\s=]+")
_SPACE = re.compile(r"\s+")
_PLAIN = re.compile(r"(?:\\.|(?!\$[({])[^\s\"'`\\])+", re.DOTALL)
_CLOSED_BY = {"$(": ")", "${": "}"}


class NotShell(ValueError):
    """The line is no list of variables: a quote is not closed, or something has no name."""


def variables(line: str) -> list[tuple[str, str]]:
    """`A=1 B="two words"` -> [("A", "1"), ("B", '"two words"')].

    Raises:
        NotShell: it cannot be split.
    """
    line, at, found = line.strip(), 0, []
    while at < len(line):
        pair, at = _pair(line, at)
        found.append(pair)
        space = _SPACE.match(line, at)
        if not space and at < len(line):
            raise NotShell(f"at column {at + 1}: {line[at]}")
        at = space.end() if space else at
    return found


def _pair(line: str, at: int) -> tuple[tuple[str, str], int]:
    if line[at] == '"':
        end = _quoted(line, at)
        return _unquoted(line[at + 1 : end - 1]), end
    key = _KEY.match(line, at)
    if not key:
        raise NotShell(f"at column {at + 1}: a name is missing")
    at = key.end()
    if line[at : at + 1] != "=":
        return (key[0], ""), at
    end = _value(line, at + 1)
    return (key[0], line[at + 1 : end]), end


def _unquoted(line: str) -> tuple[str, str]:
    r"""`"A=\"b\""`, a pair that is quoted as a whole: the first pair in it."""
    inner = line.replace('\\"', '"').strip()
    return _pair(inner, 0)[0] if inner else ("", "")


def _value(line: str, at: int) -> int:
    """Where a value ends that begins here."""
    while at < len(line) and not line[at].isspace():
        at = _piece(line, at)
    return at


def _piece(line: str, at: int) -> int:
    if line[at] == '"':
        return _quoted(line, at)
    if line[at] in "'`":
        return _until(line, at, line[at])
    if line[at : at + 2] in _CLOSED_BY:
        return _rest(line, at + 2)
    plain = _PLAIN.match(line, at)
    return plain.end() if plain else at + 1


def _rest(line: str, at: int) -> int:
    """Outside of quotes `${` and `$(` take all that follows: bash splits it when it exports."""
    while at < len(line):
        at = at + 1 if line[at].isspace() else _piece(line, at)
    return at


def _until(line: str, at: int, quote: str) -> int:
    end = line.find(quote, at + 1)
    if end < 0:
        raise NotShell(f"at column {at + 1}: {quote} is not closed")
    return end + 1


def _quoted(line: str, at: int) -> int:
    end = at + 1
    while end < len(line):
        if line[end] == '"':
            return end + 1
        if line[end : end + 2] in _CLOSED_BY:
            end = _bracketed(line, end)
        else:
            end += 2 if line[end] == "\\" else 1
    raise NotShell(f'at column {at + 1}: " is not closed')


def _bracketed(line: str, at: int) -> int:
    """Past `$(...)` or `${...}` in quotes; what is not closed goes to the end of the line."""
    close, opening = _CLOSED_BY[line[at : at + 2]], line[at + 1]
    depth, end = 1, at + 2
    while end < len(line) and depth:
        char = line[end]
        depth += (char == opening) - (char == close)
        end += 2 if char == "\\" else 1
    return min(end, len(line))
