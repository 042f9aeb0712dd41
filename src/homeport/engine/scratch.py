"""Folders that a program needs while it runs."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def scratch_in(folder: Path, name: str) -> Iterator[Path]:
    """A folder in `folder`, for its owner alone, while the context is open.

    Who is killed leaves it: so `folder` is one that is emptied at the next start.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=folder) as made:
        yield Path(made)
