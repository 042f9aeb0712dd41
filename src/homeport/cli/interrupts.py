"""Signals while something is moved by this process: it ends in one of two ways, and not between."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator

from homeport.cli.ending import Interrupted

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """SIGINT or SIGTERM cancel this task once, which may take what it does to an end.

    A second one ends the process. SIGHUP does nothing: whoever asked is gone, and what was asked
    for goes on.

    Raises:
        Interrupted: it was interrupted, and is at its end.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def cancel() -> None:
        _let_go(loop)
        if task:
            task.cancel()

    for number in _ENDING:
        loop.add_signal_handler(number, cancel)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    try:
        yield
    except asyncio.CancelledError as error:
        raise Interrupted from error
    finally:
        _let_go(loop)
        loop.remove_signal_handler(signal.SIGHUP)


def _let_go(loop: asyncio.AbstractEventLoop) -> None:
    for number in _ENDING:
        loop.remove_signal_handler(number)
