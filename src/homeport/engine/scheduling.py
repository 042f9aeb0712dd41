"""How long a process has waited for a CPU: on a busy machine, a second is not a second of running.

Source: Linux, Documentation/scheduler/sched-stats.rst (/proc/PID/schedstat: nanoseconds on a CPU,
nanoseconds of waits that are over); proc(5), /proc/PID/stat (R: it runs, or waits to).
"""

from __future__ import annotations

import time
from pathlib import Path


class Waiting:
    """The waits of one process, looked at now and then, and not of those that it starts."""

    def __init__(self) -> None:
        self._ran, self._since = "", time.monotonic()

    def seconds(self, pid: int) -> float:
        """How long it has waited until now; 0 where it cannot be seen."""
        ran, over, state = _seen(pid)
        if state != "R" or ran != self._ran:
            self._ran, self._since = ran, time.monotonic()
        # A wait is counted when it is over, and may be longer than all that is asked here.
        return over + time.monotonic() - self._since


def _seen(pid: int) -> tuple[str, float, str]:
    """What it has run, its waits in seconds, and its state."""
    try:
        ran, over, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):  # it has ended, or this kernel does not count
        return "", 0.0, ""
    return ran, int(over) / 1e9, state
