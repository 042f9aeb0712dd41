"""curl that asks again where a browser does."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

# A reload, maybe for another test, retired the worker before it had read the request. By HTTP/2 it
# says so (GOAWAY: RFC 9113, 6.8), and this curl ends there.
_UNREAD = 16


def curl(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What it ended with; of the second time where it was told to ask again."""
    for _ in range(2):
        done = subprocess.run(
            ["curl", *arguments], check=False, capture_output=True, text=True, timeout=20
        )
        if done.returncode != _UNREAD:
            break
    return done
