"""Signals as people write them, and as the Engine counts them. Pure.

Source: moby/sys/signal, ParseSignal and signal_linux.go.
"""

from __future__ import annotations

import re
import signal

# glibc keeps the first two of the real-time signals for itself.
_REAL_TIME = {"RTMIN": 34, "RTMAX": 64}
_OFFSET = re.compile(r"(RTMIN|RTMAX)([+-]\d+)?")


def signal_number(text: str) -> int:
    """The number of `SIGTERM`, `term`, `15` or `SIGRTMIN+3`; 0 for what is none."""
    name = text.strip().upper().removeprefix("SIG")
    if name.isdecimal():
        return int(name)
    found = _OFFSET.fullmatch(name)
    if found:
        return _REAL_TIME[found[1]] + int(found[2] or 0)
    known = signal.Signals.__members__.get(f"SIG{name}")
    return int(known) if known else 0
