"""A door to the Engine that a test can close: for everybody behind it, the Engine is down."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
from pathlib import Path

ENGINE = "/var/run/docker.sock"


class Relay:
    """A Unix socket whose connections end at the Engine's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: list[socket.socket] = []
        self._door: socket.socket | None = None

    def open(self) -> None:
        """Let everybody in."""
        self.path.unlink(missing_ok=True)
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(self.path))
        self._door.listen(64)
        threading.Thread(target=self._serve, args=(self._door,), daemon=True).start()

    def close(self) -> None:
        """Nobody gets in, and those inside are cut off."""
        for end in (self._door, *self._open):
            if end:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._open.clear()
        self.path.unlink(missing_ok=True)

    def _serve(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                inside, _ = door.accept()
                outside = socket.socket(socket.AF_UNIX)
                outside.connect(ENGINE)
                self._open += [inside, outside]
                for ends in ((inside, outside), (outside, inside)):
                    threading.Thread(target=_copy, args=ends, daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        with source.makefile("rb", 0) as reading, target.makefile("wb", 0) as writing:
            shutil.copyfileobj(reading, writing)
        target.shutdown(socket.SHUT_WR)
