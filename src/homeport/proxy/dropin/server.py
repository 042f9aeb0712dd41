"""The nginx that reads default.conf: our child, or a container of its own.

Both take a file the same way: it is put in place whole, nginx is told, and it is seen whether it
took; otherwise what was there before is put back. A restart never finds a file that was not taken.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Protocol

from homeport.errors import HomeportError

MIN_TIMEOUT = (1, 27, 4)  # the first that has keepalive_min_timeout
EMPTY = "# No container was seen yet.\n"


class Server(Protocol):
    """Who serves. `begin` is called once and first, then `take` as often as there is a change."""

    status: str  # a socket at which it tells its generation; "" where it has none
    resolvers: str

    @property
    def retired(self) -> int:
        """How many workers have not ended long after a reload; 0 where nobody sees them."""

    async def begin(self) -> None:
        """Let it serve what was good last; it may be there already."""

    async def version(self) -> tuple[int, ...]:
        """Of nginx; (0,) where nobody says it."""

    async def check(self) -> str:
        """Why nginx could not have the file that is in place; "" where it could."""

    async def reload(self, generation: int) -> str:
        """Let nginx read the file; why it did not take it, "" where it serves it."""

    async def end(self) -> None:
        """Stop, with what is in flight."""


class Place:
    """default.conf, and beside it the last one that nginx took."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._good = file.with_name(f".{file.name}.good")  # nothing that `*.conf` finds

    def put(self, text: str) -> None:
        """Let the file hold this, whole.

        Raises:
            HomeportError: it cannot be written; what was there before is there.
        """
        _whole(self.file, text.encode())

    def keep(self) -> None:
        """Nginx took what is in place."""
        _whole(self._good, self.file.read_bytes())

    def back(self) -> None:
        """Put back what nginx took last; nothing but a comment where there is none."""
        self.put(self._good.read_text() if self._good.exists() else EMPTY)

    @property
    def text(self) -> str:
        """What is in place; "" where nothing is."""
        return self.file.read_text() if self.file.exists() else ""


def _whole(path: Path, content: bytes) -> None:
    """Write beside, and rename. After a crash of the machine it is made anew: the disk may wait."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise HomeportError(f"{path} cannot be written: {error.strerror or error}") from error


def complaint_of(output: str) -> str:
    """The first reason in what nginx printed, without the time before it."""
    for line in output.splitlines():
        if "[emerg]" in line:
            return re.sub(r"^\d+#\d+: ", "", line.partition("[emerg]")[2].strip())
    return ""


def version_of(output: str) -> tuple[int, ...]:
    """From `nginx version: nginx/1.30.6`."""
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", output)
    return tuple(map(int, found.groups())) if found else (0,)
