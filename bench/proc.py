"""What the kernel says of processes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def resident(pid: int | str = "self") -> int:
    """Resident memory in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {child: int(_stat(child)[1]) for child in _processes()}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, of its children that ended, and of those that live."""
    return sum(_cpu(one) for one in family(pid))


def goes_first(pid: int) -> bool:
    """Let a process go before whatever else runs here; whether the kernel grants it.

    What waits for the processor behind somebody else's work is late by that, not by itself.
    """
    for prepare in (lambda _pid: None, _leave_group):
        with contextlib.suppress(OSError):
            prepare(pid)
            os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))
            return True
    return False


def _leave_group(pid: int) -> None:
    """Into ours: those of version 1 that containers get have no time to give for this."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "cpu" in controllers.split(","):
            group = Path("/sys/fs/cgroup", controllers, path.lstrip("/"))
            (group / "tasks").write_text(str(pid))


def _cpu(pid: int) -> float:
    # Fields 14 to 17 of proc(5): utime, stime, and the same of the children that were waited for.
    return sum(int(field) for field in _stat(pid)[11:15]) / _TICK


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields from the third on: the second is a name in brackets, which may hold spaces."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["X"] + ["0"] * 50
