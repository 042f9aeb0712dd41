"""What a probe says when it is done: one line of JSON."""

from __future__ import annotations

import sys


def resident_mib() -> float:
    """Resident memory of this process, in MiB."""
    # Not by pathlib: its import would be counted against those that do without it.
    with open("/proc/self/status") as status:  # noqa: PTH123
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def report(**measures: float) -> None:
    """Print the measures and this process's memory."""
    # By hand: importing json would be counted against the one that does without it.
    measures["resident"] = resident_mib()
    fields = ", ".join(f'"{name}": {value}' for name, value in measures.items())
    sys.stdout.write("{" + fields + "}\n")
