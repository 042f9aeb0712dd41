"""How a command ends: with which exit status, and with what it says of an error."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from homeport.errors import HomeportError


class Interrupted(Exception):
    """Somebody asked it to end, and it is at its end."""


def status_of(command: Callable[[], None]) -> int:
    """Run a command, and tell what is wrong and what to do about it; its exit status."""
    try:
        command()
        sys.stdout.flush()
    except HomeportError as error:
        return _told(error)
    except (Interrupted, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # Who read our output has seen enough. The interpreter would complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def leave(status: int) -> NoReturn:
    """End the process at once: taking its modules apart would take 2 ms more."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # who read it has gone
            stream.flush()
    os._exit(status)


def _told(error: HomeportError) -> int:
    lines = [f"error: {error.message}", f"hint: {error.hint}" if error.hint else ""]
    for line in filter(None, lines):
        print(line, file=sys.stderr)
    return error.exit_status
