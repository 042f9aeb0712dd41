"""Regular expressions as Ruby writes them. Pure."""

from __future__ import annotations

import re


class CannotParse(ValueError):
    """It is no condition, or no regular expression."""


def compiled(text: str) -> re.Pattern[str]:
    r"""A regular expression of Ruby's as Python's: `\A`, `\z`, `\h` and `(?<name>` differ.

    Raises:
        CannotParse: it is none.
    """
    text = text.replace(r"\z", r"\Z").replace(r"\h", "[0-9a-fA-F]")
    text = re.sub(r"\(\?<(?![=!])", "(?P<", text)
    text = re.sub(r"(?<!\\)\^[*+?]", "^", text)  # an anchor that is repeated is an anchor
    try:
        return re.compile(text, re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        raise CannotParse(f"{text} is no regular expression: {error}") from error
