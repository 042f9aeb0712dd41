"""A bell for nginx's workers, old and new: while it rings, they look at the flags at each request.

To ask for a file is a system call, which takes a twentieth of what a request costs nginx. What its
workers can read without one is what they share: also how many connections have sent half of a
request's head ($connections_reading). While it rings, homeport keeps enough of those open. Visitors
who are slow can ring it, too: the workers look then, and find no flag.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from homeport.proxy.render import LOUD

_AGAIN = 0.05  # seconds between two attempts at an nginx that does not take them
_COUNTED = 1.0  # seconds after which nginx has read what new connections sent


class Bell:
    """Connections to nginx's own socket, for as long as somebody has a reason."""

    def __init__(self, path: Path) -> None:
        """`path`: the socket at which nginx tells of itself."""
        self._path = path
        self._reasons: set[str] = set()
        self._open: set[socket.socket] = set()
        self._later: asyncio.TimerHandle | None = None

    def ring(self, reason: str) -> None:
        """From now on, until every reason is gone."""
        self._reasons.add(reason)
        self._fill()

    def rest(self, reason: str) -> None:
        """This reason is gone."""
        self._reasons.discard(reason)
        if not self._reasons:
            self._close(self._open)

    def silence(self) -> None:
        """Whatever the reasons: nginx is to end, which waits for what is open."""
        self._reasons.clear()
        self._close(self._open)

    def renew(self) -> None:
        """Ring by the workers that a reload has brought: those of before end, and hang up then."""
        before, self._open = self._open, set()
        if before:
            self._fill()
            asyncio.get_running_loop().call_later(_COUNTED, self._close, before)

    def _fill(self) -> None:
        """Open as many as are missing."""
        self._later = None
        try:
            while self._reasons and len(self._open) < LOUD:
                self._open.add(self._connected())
        except OSError:  # it does not run, or is about to
            self._fill_later()

    def _fill_later(self) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(_AGAIN, self._fill)

    def _connected(self) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.setblocking(False)
            made.connect(str(self._path))
            made.send(b"G")
        except OSError:
            made.close()
            raise
        asyncio.get_running_loop().add_reader(made, self._hung_up, made)
        return made

    def _hung_up(self, one: socket.socket) -> None:
        """Nginx closed it: it was restarted."""
        self._close({one})
        self._open.discard(one)
        self._fill_later()

    def _close(self, those: set[socket.socket]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: so have its readers
            for one in those:
                if one.fileno() >= 0:  # else nginx closed it meanwhile, and so did we
                    asyncio.get_running_loop().remove_reader(one)
        for one in those:
            one.close()
        those.clear()
