"""Sets of characters and places in a text, by their names in regular expressions. Pure."""

from __future__ import annotations

from collections.abc import Callable

from homeport.model.regex.program import Takes


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _is_hex(char: str) -> bool:
    return char in "0123456789abcdefABCDEF"


CLASSES: dict[str, Takes] = {"d": str.isdecimal, "w": _is_word, "s": str.isspace, "h": _is_hex}
POSIX: dict[str, Takes] = {
    "alpha": str.isalpha,
    "digit": str.isdecimal,
    "alnum": str.isalnum,
    "upper": str.isupper,
    "lower": str.islower,
    "space": str.isspace,
    "word": _is_word,
    "xdigit": _is_hex,
    "punct": lambda char: char.isprintable() and not char.isalnum() and not char.isspace(),
}
ESCAPED = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "a": "\a",
    "0": "\0",
}


def any_but_newline(char: str) -> bool:
    """What `.` takes."""
    return char != "\n"


def _bounded(text: str, at: int) -> bool:
    before = at > 0 and _is_word(text[at - 1])
    return before != (at < len(text) and _is_word(text[at]))


PLACES: dict[str, Callable[[str, int], bool]] = {
    "^": lambda text, at: at == 0 or text[at - 1] == "\n",
    "$": lambda text, at: at == len(text) or text[at] == "\n",
    r"\A": lambda text, at: at == 0,
    r"\z": lambda text, at: at == len(text),
    r"\Z": lambda text, at: text[at:] in ("", "\n"),
    r"\b": _bounded,
    r"\B": lambda text, at: not _bounded(text, at),
}
