"""`env`: lines, mappings and secrets to sets of variables. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from homeport.pipeline.travis.messages import Level, Mark, Messages
from homeport.pipeline.travis.tree import as_text
from homeport.pipeline.travis.words import NotShell, variables

SECURE = "secure"
_NO_NAMES = ("global", "jobs", "matrix")

# A set of variables, in their order; a secret is `{"secure": ...}`, or has one for a value.
Vars = dict[str, Any]


def read_variables(value: Any, field: str, mark: Mark, messages: Messages) -> list[Vars] | None:
    """One set of variables for each item; None where there is no value."""
    if value is None:
        return None
    if isinstance(value, list):
        # No value is a set of no variables, and so a job of its own in the matrix.
        sets = [read_variables(item, field, mark, messages) or [{}] for item in value]
        return [one for found in sets for one in found]
    if isinstance(value, dict):
        given = {name: item for name, item in value.items() if name != SECURE or item}
        return [_named({name: _value(item) for name, item in given.items()})]
    return [_named(_line(as_text(value), field, mark, messages))]


def _named(found: Vars) -> Vars:
    """Without what was meant to be a key of `env`."""
    return {name: value for name, value in found.items() if not name.startswith(_NO_NAMES)}


def _value(item: Any) -> Any:
    if isinstance(item, dict):
        return {SECURE: as_text(item[SECURE])} if set(item) == {SECURE} else ""
    if isinstance(item, list):
        return _value(item[0]) if item else ""
    return "" if item is None else as_text(item)


def _line(line: str, field: str, mark: Mark, messages: Messages) -> Vars:
    try:
        return dict(variables(line))
    except NotShell as error:
        messages.say(
            Level.ERROR,
            "invalid_env",
            f"{line!r} is no list of variables: {error}",
            mark=mark,
            field=field,
            fix='write NAME=value or NAME="two words"',
        )
        return {}


def pairs(sets: Iterable[Vars]) -> list[list[str]]:
    """The ordered names and values of a job: a secret is named `secure`, or has the value `*`."""
    return [
        [name, "*" if isinstance(value, dict) else value]
        for one in sets
        for name, value in one.items()
    ]
