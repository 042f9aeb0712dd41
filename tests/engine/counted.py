"""A door to the Engine that counts what is asked through it."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from pathlib import Path

from tests.e2e.relay import ENGINE, Relay, _copy

_REQUEST = re.compile(rb"(?:GET|POST|DELETE|PUT|HEAD) (/\S+) HTTP/1.1\r\n")


class Counted(Relay):
    """As Relay, and remembers the paths of requests, without the API's version."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[str] = []

    def _serve(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                inside, _ = door.accept()
                outside = socket.socket(socket.AF_UNIX)
                outside.connect(ENGINE)
                self._open += [inside, outside]
                threading.Thread(target=self._listen, args=(inside, outside), daemon=True).start()
                threading.Thread(target=_copy, args=(outside, inside), daemon=True).start()

    def _listen(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                for path in _REQUEST.findall(data):
                    plain = path.decode().partition("?")[0]
                    self.asked.append(re.sub(r"^/v[\d.]+", "", plain))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
