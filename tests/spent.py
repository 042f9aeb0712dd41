"""What something costs the processor, where a test says that it does not grow without bound.

Such a test tells the linear from the endless, and no more: `script/bench` has the figures. So its
bound is many times what is needed, and what others do on this machine counts as little as can be.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def spent(work: Callable[[], object], *, times: int = 1) -> float:
    """Seconds of this process's processor time: the least of so many goes.

    Nothing is collected meanwhile: what thousands of tests have left takes longer to look through
    than what is measured.
    """
    return min(_once(work) for _ in range(times))


def _once(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()
