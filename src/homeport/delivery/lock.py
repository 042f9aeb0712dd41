"""One process moves a project at a time: the daemon, or a `stack up` beside it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homeport.errors import Conflict


@contextmanager
def locked(folder: Path, project: str) -> Iterator[Path]:
    """Hold the lock of a project; the kernel lets go of it when its holder dies.

    Yields its file, which may be removed as the last thing that is done with the lock held.

    Raises:
        Conflict: another process moves the project now.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{project}.lock"
    while True:
        with path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Conflict(
                    f"another process moves project {project} now",
                    hint="try again when it is done",
                ) from error
            if _is_there(path, lock.fileno()):
                yield path
                return


def _is_there(path: Path, opened: int) -> bool:
    """Whether it is still the project's: its holder may have removed it since it was opened."""
    try:
        return os.path.samestat(path.stat(), os.fstat(opened))
    except FileNotFoundError:
        return False
