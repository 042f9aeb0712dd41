"""Put a file in place, whole; in place where another file at its path would not be seen."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path

from homeport.errors import HomeportError, RequestError

_MODE = 0o644
# A mount point cannot be renamed over; a folder may be closed to us though the file is not.
_IN_PLACE = (errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS)


def read_before(dest: Path) -> bytes | None:
    """What a file holds; None where there is none.

    Raises:
        RequestError: it cannot be read.
    """
    try:
        return dest.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RequestError(f"{dest} cannot be read: {error.strerror}") from error


def put(dest: Path, content: bytes, *, mounted: bool) -> None:
    """Let a file hold this, with the rights and the owner that it has.

    Args:
        dest: the file; of a symbolic link, what it leads to.
        content: all of it.
        mounted: whether a container mounts this one file: what is renamed over it, it never sees.

    Raises:
        HomeportError: it cannot be written; what was there is there still, unless the disk filled
            up while a mounted file was written.
    """
    target = dest.resolve()
    try:
        if not mounted:
            try:
                _beside(target, content)
            except OSError as error:
                if error.errno not in _IN_PLACE or not target.exists():
                    raise
            else:
                return
        _over(target, content)
    except OSError as error:
        raise HomeportError(
            f"{dest} cannot be written: {error.strerror}", hint="may this user write there?"
        ) from error


def _beside(target: Path, content: bytes) -> None:
    """Write a file beside, and rename it."""
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(number)
        _like(target, Path(name))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _over(target: Path, content: bytes) -> None:
    """Write over what is there, then cut off what is left of it: it is never empty."""
    number = os.open(target, os.O_WRONLY | os.O_CREAT, _MODE)
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(number)


def _like(target: Path, beside: Path) -> None:
    """The mode and the owner of the file that it replaces."""
    if not target.exists():
        beside.chmod(_MODE)
        return
    shutil.copymode(target, beside)
    there = target.stat()
    with contextlib.suppress(PermissionError):  # only root gives files away
        os.chown(beside, there.st_uid, there.st_gid)
