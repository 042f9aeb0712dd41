"""Where what jobs keep stands between them: an archive for each, put in place whole."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LARGEST = 2 << 30  # bytes of one archive
_MOST = 20  # archives of one app
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of archives."""

    folder: Path

    def find(self, names: Sequence[str]) -> Path | None:
        """The first that is there."""
        paths = (self._path(name) for name in names)
        return next((path for path in paths if path.is_file() and not path.is_symlink()), None)

    def put(self, name: str, archive: Path) -> str:
        """Put an archive in the place of the one before; why not, where it is too large.

        One that is not there was not made: nothing is said of it.
        """
        if not archive.is_file() or archive.is_symlink():
            return ""
        size = archive.stat().st_size
        if size > _LARGEST:
            return f"{name} is not kept: {size >> 20} MB are more than {_LARGEST >> 20}"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        archive.replace(self._path(name))
        self._prune()
        return ""

    def _prune(self) -> None:
        """Those of branches that nobody pushes any more make room."""
        by_age = sorted(self.folder.glob("*.tar"), key=lambda path: path.stat().st_mtime)
        for path in by_age[:-_MOST]:
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        """Names that are no file names get one of their own, whatever they look like then."""
        safe = _UNSAFE.sub("-", name)[:150]
        if safe != name:
            safe += f"-{hashlib.sha256(name.encode(errors='surrogateescape')).hexdigest()[:16]}"
        return self.folder / f"{safe}.tar"


def make_room(shelves: Path, missing: int) -> int:
    """Let the oldest archives go, of whichever shelf in a folder; bytes that went.

    Args:
        shelves: a folder for each shelf.
        missing: how many bytes are wanted; none or less: nothing goes.
    """
    freed = 0
    for size, path in _by_age(shelves) if missing > 0 else ():
        if freed >= missing:
            break
        path.unlink(missing_ok=True)
        freed += size
    return freed


def _by_age(shelves: Path) -> list[tuple[int, Path]]:
    """Bytes and path of each archive, the oldest first; one that goes meanwhile is left out."""
    found = []
    for path in shelves.glob("*/*.tar"):
        with contextlib.suppress(OSError):
            about = path.lstat()
            found.append((about.st_mtime, about.st_size, path))
    return [(size, path) for _, size, path in sorted(found)]
