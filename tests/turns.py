"""Whose turn it is on this machine: tests of every worker, and of every run, share one Engine.

Most run beside each other. One that is `alone` (it measures, or loads the machine) waits until the
others have ended, and they wait for it. The kernel lets go of a turn when its process dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_FILE = Path(tempfile.gettempdir()) / f"homeport-tests-{os.getuid()}"
# Seconds for which others are waited for: a run that hangs is no reason for another to hang.
_PATIENCE = 300.0


@contextlib.contextmanager
def turn(*, alone: bool) -> Iterator[None]:
    """Run beside others, or alone."""
    gate, room = _FILE.with_suffix(".gate"), _FILE.with_suffix(".room")
    with gate.open("w") as waiting, room.open("w") as running:
        # Who waits to be alone keeps the gate: else others that come and go would leave no gap.
        _hold(waiting, fcntl.LOCK_EX)
        _hold(running, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(waiting, fcntl.LOCK_UN)
        yield


def _hold(file: IO[str], how: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, how | fcntl.LOCK_NB)
            return
        time.sleep(0.02)
