"""Files of a repository that homeport itself reads: a small push may unpack to gigabytes."""

from __future__ import annotations

from pathlib import Path

from homeport.errors import FileFault

LARGEST = 1_000_000  # bytes of a Dockerfile, or of a .dockerignore


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        FileFault: it is larger than one that a person writes.
    """
    with path.open(errors="replace") as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise FileFault(
            "is larger than 1 MB", file=path.name, hint="what is copied stands in files of its own"
        )
    return text
