"""Carries out what is certain: Compose reads the file while the rest is imported, click is not."""

from __future__ import annotations

import gc
import os
from typing import NoReturn

from homeport.cli.ahead import Asked
from homeport.cli.deferred import import_msgspec
from homeport.cli.ending import leave, status_of


def go(asked: Asked) -> NoReturn:
    """Do it, and end the process."""
    # What is imported stays, and to look through it for garbage takes some milliseconds more.
    gc.disable()
    leave(status_of(lambda: _go(asked)))


def _go(asked: Asked) -> None:
    from pathlib import Path

    from homeport.cli.reading import reading

    files = tuple(Path(file) for file in asked.files)
    found = reading(files, asked.name, dict(os.environ))
    found.begin()
    import_msgspec()
    from homeport.cli import stack_run

    gc.freeze()
    gc.enable()
    if asked.command == "plan":
        stack_run.plan(found, as_json="--json" in asked.alone)
    else:
        stack_run.up(found, scale=asked.scale, builds="--no-build" not in asked.alone)
