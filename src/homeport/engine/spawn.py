"""A program that is started now and read later; little is imported for it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence


class Spawned:
    """It runs beside whatever its caller does, and prints into memory."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start it.

        Raises:
            OSError: there is no such program.
        """
        self._out, self._err = os.memfd_create("out"), os.memfd_create("err")
        streams = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, self._out, 1),
            (os.POSIX_SPAWN_DUP2, self._err, 2),
        ]
        self._pid = os.posix_spawnp(argv[0], list(argv), env, file_actions=streams)

    def wait(self) -> tuple[int, bytes, bytes]:
        """Its exit status, and what it printed on its two streams."""
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status), _read(self._out), _read(self._err)


def _read(stream: int) -> bytes:
    with os.fdopen(stream, "rb") as file:
        file.seek(0)
        return file.read()
