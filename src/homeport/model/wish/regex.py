"""Regular expressions that a container may give nginx: those that harm nobody else. Pure.

nginx compiles one with PCRE when it reads its configuration, and one that does not compile fails
the whole file. So only what is known here is let through. Named groups are not: their names become
variables of all sites. Nor is what may take for ever: a repeated group with a repetition in it.
"""

from __future__ import annotations

import re
import warnings

import msgspec

_LONGEST, _UNBOUNDED = 255, 8
_COPIES = 1000  # PCRE compiles `(a{10}){10}` as a hundred times `a`
# One piece each. What stands in a class is looked at by `_CLASS` alone.
_PIECE = re.compile(
    r"""
    (?P<open> \( (?: \?: | \?= | \?! )? )
  | (?P<close> \) )
  | (?P<repeat> (?: [*+?] | \{ \d{1,3} (?: ,\d{0,3} )? \} ) [?+]? )
  | (?P<class> \[ \^? (?: [A-Za-z0-9._~/@%&=,:!$+*?()|_-] | \\ [dwsDWS.\\\]\[^/-] )+ \] )
  | (?P<atom> [A-Za-z0-9_~/@%&=,:!.-] | \\ [dwsDWS.\\/+*?()|\[\]^$-] )
  | (?P<assert> [\^$] | \\ [bB] )
  | (?P<or> \| )
    """,
    re.VERBOSE,
)
_ENDLESS = re.compile(r"[*+]|\{\d+,\}")


def fault_of(pattern: str) -> str:
    """Why nginx cannot have this regular expression; "" where it can."""
    if not 0 < len(pattern) <= _LONGEST:
        return f"it has {len(pattern)} characters, at most {_LONGEST} are possible"
    kinds, fault = _pieces(pattern)
    return fault or _structure(kinds) or _compiles(pattern)


def _pieces(pattern: str) -> tuple[list[tuple[str, str]], str]:
    found, at = [], 0
    while at < len(pattern):
        piece = _PIECE.match(pattern, at)
        if not piece or piece.lastgroup is None:
            return [], f"what begins at {pattern[at : at + 10]!r} is not possible"
        found.append((piece.lastgroup, piece[0]))
        at = piece.end()
    return found, ""


class _Group(msgspec.Struct):
    """What was seen in a group: whether it may go on for ever, how often something is repeated."""

    endless: bool = False
    copies: int = 1


def _structure(pieces: list[tuple[str, str]]) -> str:
    """Groups close, what is repeated is something, and none of it holds up others."""
    open_groups, last, before = [_Group()], _Group(), ""
    for kind, text in pieces:
        if kind == "open":
            open_groups.append(_Group())
        elif kind == "close":
            if len(open_groups) == 1:
                return "a group is closed that was not opened"
            last = open_groups.pop()
            _into(open_groups[-1], last)
        elif kind == "repeat":
            if before not in ("atom", "class", "close"):
                return f"nothing stands before {text!r}"
            repeated = _repeated(last if before == "close" else _Group(), text)
            if isinstance(repeated, str):
                return repeated
            _into(open_groups[-1], repeated)
        before = kind
    if len(open_groups) > 1:
        return "a group is not closed"
    many = sum(bool(_ENDLESS.match(text)) for kind, text in pieces if kind == "repeat")
    return f"it has more than {_UNBOUNDED} repetitions" if many > _UNBOUNDED else ""


def _into(outer: _Group, inner: _Group) -> None:
    outer.endless |= inner.endless
    outer.copies = max(outer.copies, inner.copies)


def _repeated(group: _Group, repeat: str) -> _Group | str:
    """What a group is when it is repeated; a text where it must not be."""
    numbers = [int(number) for number in re.findall(r"\d+", repeat)]
    endless = bool(_ENDLESS.match(repeat))
    if group.endless and (endless or max(numbers, default=0) > 1):
        return "a repeated group has a repetition in it, which may take for ever"
    copies = group.copies * max(numbers, default=1)
    if copies > _COPIES or numbers != sorted(numbers):
        return f"{repeat!r} is less than none, or more than {_COPIES} copies"
    return _Group(endless=group.endless or endless, copies=copies)


def _compiles(pattern: str) -> str:
    """Ranges that run backwards and the like: Python's words are as good as PCRE's."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(pattern)
        except (re.error, RecursionError, FutureWarning) as error:
            return str(error)
    return ""
