"""`homeport stack plan` and `up` where their words are certain: click need not be imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

_ALONE = {"plan": ("--json",), "up": ("--no-build",)}
_WITH_VALUE = {"-f": "files", "--file": "files", "-p": "name", "--project-name": "name"}


class Asked(NamedTuple):
    """What is asked for, as click would give it to the command."""

    command: str  # plan or up
    files: tuple[str, ...] = ()
    name: str | None = None
    scale: Mapping[str, int] = {}
    alone: frozenset[str] = frozenset()  # the options without a value


def certain(words: Sequence[str]) -> Asked | None:
    """What these words of a command line ask for; None where click has to say what is meant."""
    if len(words) < 2 or words[0] != "stack" or words[1] not in _ALONE:
        return None
    sorted_out = _sorted_out(words[1], words[2:])
    if sorted_out is None:
        return None
    values, alone = sorted_out
    try:
        scale = counts(values["scale"])
    except ValueError:
        return None
    names = values["name"]
    name = names[-1] if names else None
    return Asked(words[1], tuple(values["files"]), name, scale, frozenset(alone))


def counts(scale: Iterable[str]) -> dict[str, int]:
    """`SERVICE=N`, taken apart.

    Raises:
        ValueError: one is something else.
    """
    found = {}
    for text in scale:
        service, _, number = text.partition("=")
        if not service or not number.isdigit():
            raise ValueError(text)
        found[service] = int(number)
    return found


def _sorted_out(
    command: str, words: Iterable[str]
) -> tuple[dict[str, list[str]], list[str]] | None:
    """The values of the options that have one, and the options that have none."""
    keys = _WITH_VALUE | ({"--scale": "scale"} if command == "up" else {})
    values: dict[str, list[str]] = {"files": [], "name": [], "scale": []}
    alone = []
    waiting = iter(words)
    for word in waiting:
        if word in _ALONE[command]:
            alone.append(word)
            continue
        value = next(waiting, None)
        if word not in keys or value is None:
            return None
        values[keys[word]].append(value)
    return values, alone
