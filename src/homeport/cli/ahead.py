"""`homeport stack plan` and `up`: Compose reads the file while click, too, is imported."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from homeport.cli.reading import Reading

_COMMANDS = (["stack", "plan"], ["stack", "up"])
_ALONE = ("--json", "--no-build")
_WITH_VALUE = ("-f", "--file", "-p", "--project-name", "--scale")


class Options(NamedTuple):
    """Which project is meant, as click gives it to the command."""

    files: tuple[Path, ...]
    name: str | None


class Begun(NamedTuple):
    """What was begun for these options."""

    options: Options
    reading: Reading


def begin(words: Sequence[str]) -> Begun | None:
    """Begin with what these words of a command line are certain to need; None for nothing."""
    options = options_of(words)
    if options is None:
        return None
    import os

    from homeport.cli.reading import reading
    from homeport.errors import HomeportError

    with contextlib.suppress(HomeportError):  # the command meets it again, and tells
        begun = Begun(options, reading(*options, dict(os.environ)))
        begun.reading.begin()
        return begun
    return None


def options_of(words: Sequence[str]) -> Options | None:
    """The options of a command that reads a project; None where click has to say what is meant."""
    if list(words[:2]) not in _COMMANDS:
        return None
    files, name = [], None
    waiting = iter(words[2:])
    for word in waiting:
        if word in _ALONE:
            continue
        value = next(waiting, None)
        if word not in _WITH_VALUE or value is None:
            return None
        if word in ("-f", "--file"):
            files.append(Path(value))
        elif word != "--scale":
            name = value
    return Options(tuple(files), name)
