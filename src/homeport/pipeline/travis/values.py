"""Single values: text, flags, and those of a known set. Pure.

Source: travis-yml, `doc/change/value.rb` and `doc/value/cast.rb`.
"""

from __future__ import annotations

import re
from typing import Any

from homeport.pipeline.travis.kinds import Text
from homeport.pipeline.travis.messages import Level, Mark, Messages
from homeport.pipeline.travis.repair import nearest
from homeport.pipeline.travis.schema import ALL_KEYS
from homeport.pipeline.travis.tree import as_text

_TRUE = ("true", "on", "yes", "enabled", "required")
_FALSE = ("false", "off", "no", "disabled", "not required")

text = as_text


def flag(value: Any, field: str, mark: Mark, messages: Messages) -> bool | None:
    """True or false, in Travis's spellings (`required`, `enabled`); None where it is neither."""
    if value is None or isinstance(value, bool):
        return value
    word = as_text(value) if not isinstance(value, dict) else ""
    meant = word if word in _TRUE + _FALSE else nearest(re.sub(r"\W", "", word), _TRUE + _FALSE)
    if not meant:
        messages.say(
            Level.ERROR,
            "wrong_type",
            f"{word or 'a mapping'} is neither true nor false, and is left out",
            mark=mark,
            field=field,
            fix="write true or false",
        )
        return None
    return meant in _TRUE


def known_value(kind: Text, given: str, field: str, mark: Mark, messages: Messages) -> str:
    """The value that was meant, of those that are known; the one given where none is near."""
    word = given.lower()
    found = kind.known.get(word) or _repaired(kind, given)
    if not found:
        messages.say(
            Level.WARNING,
            "unknown_value",
            f"{given} is not known",
            mark=mark,
            field=field,
            fix=f"known: {', '.join(dict.fromkeys(kind.known.values()))}",
        )
        return word
    if found != word:
        messages.say(
            Level.INFO if word in kind.known else Level.WARNING,
            "alias" if word in kind.known else "repaired_value",
            f"{given} is read as {found}",
            mark=mark,
            field=field,
            fix=f"write {found}",
        )
    return found


def _repaired(kind: Text, given: str) -> str:
    values = tuple(dict.fromkeys(kind.known.values()))
    word = given.lower().split("\n")[0]
    part = (word.split() or [""])[0]
    letters = re.sub(r"[^a-z]", "", part)
    near = nearest(word, values, ALL_KEYS)
    candidates = (word, near, part, re.sub(r"\W", "", word), letters)
    return next((kind.known[c] for c in candidates if c in kind.known), "")
