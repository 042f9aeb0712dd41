"""A door to the Engine: it counts the calls that change something, and may be last to see one."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

ENGINE = Path("/var/run/docker.sock")
# What changes something; an exec only looks.
_CHANGES = re.compile(
    rb"(POST|DELETE|PUT) (?:/v[0-9.]+)?/(containers|networks|volumes)/(?!.*/exec)"
)
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


class Doorkeeper:
    """A Unix socket whose requests end at the Engine's."""

    def __init__(self, path: Path, engine: Path = ENGINE) -> None:
        self.path, self._engine, self.count = path, engine, 0
        self._at, self._after = 0, False
        self._strike: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._shut_until = 0.0
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(path))
        self._door.listen(128)
        threading.Thread(target=self._serve, daemon=True).start()

    def arm(self, at: int, *, after: bool, strike: Callable[[], None]) -> None:
        """Count from now; call `strike` before the call of that number is passed on, or after."""
        with self._lock:
            self.count, self._at, self._after, self._strike = 0, at, after, strike

    def disarm(self) -> bool:
        """Nobody is struck from now on; whether the call came, so that it strikes or has struck."""
        with self._lock:
            came = 0 < self._at <= self.count
            self._at = 0
            return came

    def shut(self, *, seconds: float) -> None:
        """For everybody behind it the Engine is gone, for so long."""
        with self._lock:
            self._shut_until = time.monotonic() + seconds
            ends, self._ends = self._ends, []
        for end in ends:
            _shut(end)

    def close(self) -> None:
        """Nobody gets in any more."""
        self._door.close()
        self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                inside, _ = self._door.accept()
                if time.monotonic() < self._shut_until:
                    inside.close()
                    continue
                threading.Thread(target=self._talk, args=(inside,), daemon=True).start()

    def _talk(self, inside: socket.socket) -> None:
        """Requests one after the other; answers as they come, on a thread of their own."""
        outside = socket.socket(socket.AF_UNIX)
        try:
            outside.connect(str(self._engine))
        except OSError:  # it is not there
            inside.close()
            outside.close()
            return
        self._ends += [inside, outside]
        answered = threading.Event()  # the Engine said something since the last request
        passing = threading.Event()  # its answers are passed on
        passing.set()
        answers = threading.Thread(
            target=_pass_answers, args=(outside, inside, answered, passing), daemon=True
        )
        answers.start()
        with contextlib.suppress(OSError), inside.makefile("rb") as requests:
            while head := _head(requests.readline):
                length = _LENGTH.search(head)
                body = requests.read(int(length[1])) if length else b""
                self._request(outside, head + body, answered, passing)
                if b"upgrade" in head.lower():
                    _copy(requests.raw.read, outside)
        _shut(outside)

    def _request(
        self,
        outside: socket.socket,
        request: bytes,
        answered: threading.Event,
        passing: threading.Event,
    ) -> None:
        is_last = self._is_last(request)
        if is_last and not self._after:
            self._strike()
            raise OSError("it never came")
        if is_last:
            passing.clear()
        answered.clear()
        outside.sendall(request)
        if is_last:
            answered.wait(30)
            self._strike()
            passing.set()

    def _is_last(self, request: bytes) -> bool:
        if not _CHANGES.match(request):
            return False
        with self._lock:
            self.count += 1
            return self.count == self._at


def _head(readline: Callable[[], bytes]) -> bytes:
    """The head of the next request; empty at the end."""
    lines = [readline()]
    while lines[-1] not in (b"", b"\r\n"):
        lines.append(readline())
    return b"".join(lines) if lines[-1] else b""


def _pass_answers(
    outside: socket.socket,
    inside: socket.socket,
    answered: threading.Event,
    passing: threading.Event,
) -> None:
    with contextlib.suppress(OSError):
        while data := outside.recv(65536):
            answered.set()
            passing.wait()
            inside.sendall(data)
    _shut(inside)


def _copy(read: Callable[[int], bytes], target: socket.socket) -> None:
    while data := read(65536):
        target.sendall(data)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
