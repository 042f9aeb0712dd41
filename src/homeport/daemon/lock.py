"""One daemon for each state folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from homeport.errors import Conflict, Unavailable


@contextlib.contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Hold the lock of a state folder; the kernel lets go of it when this process dies.

    Raises:
        Conflict: a daemon holds it.
        Unavailable: the folder cannot be used.
    """
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (state / "daemon.lock").open("a+")
    except OSError as error:
        raise Unavailable(
            f"the state folder {state} cannot be used: {error.strerror}",
            hint="set HOMEPORT_STATE_DIR to a folder that this user may write",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                f"homeport runs already for {state}", hint="homeport status; homeport down"
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def is_held(state: Path) -> bool:
    """Whether a daemon holds the lock of a state folder. A process that is a zombie does not."""
    with (state / "daemon.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
