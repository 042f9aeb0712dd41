"""Signals while something is moved by this process: it ends in one of two ways, and not between."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator

from homeport.cli.ending import Interrupted, leave

_ENDING = (signal.SIGINT, signal.SIGTERM)


def end_at_once() -> None:
    """Let SIGINT end what changes nothing: said before a loop is there, which sets its own else.

    What it sets is shown in the words of an error that nobody sees, when it is set anew: 4 ms.
    """
    signal.signal(signal.SIGINT, _end)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """SIGINT or SIGTERM cancel this task once, which may take what it does to an end.

    A second one ends the process where it is. SIGHUP does nothing: whoever asked is gone, and what
    was asked for goes on.

    Raises:
        Interrupted: it was interrupted, and is at its end.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def cancel() -> None:
        if task:
            task.cancel()

    def ask(_number: int, _frame: object) -> None:
        for number in _ENDING:
            signal.signal(number, _leave)
        loop.call_soon_threadsafe(cancel)  # it may be anywhere: the loop does it, and wakes for it

    for number in _ENDING:  # the loop's own way would load inspect, which takes 4 ms
        signal.signal(number, ask)
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)
    try:
        yield
    except asyncio.CancelledError as error:
        raise Interrupted from error
    finally:
        _let_go()
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _leave(_number: int, _frame: object) -> None:
    """At once: what could still be awaited is what somebody does not wait for."""
    print("interrupted again: what is half done stands; `up` goes on with it", file=sys.stderr)
    leave(130)


def _end(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _let_go() -> None:
    signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
