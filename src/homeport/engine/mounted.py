"""What stands in the files that a stack mounts by themselves.

A container sees none of their changes: a file is mounted by its inode, and whoever writes it anew,
as git does, makes another.
"""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_MOST = 1 << 20  # bytes; what is larger is data, and not read for every plan


def mounted_files(model: Mapping[str, Any]) -> dict[str, str]:
    """Path -> a digest, of each file that a service of the model may read and not write."""
    paths = {path for service in model["services"].values() for path in _paths(service, model)}
    found = {path: _digest(Path(path)) for path in sorted(paths)}
    return {path: digest for path, digest in found.items() if digest}


def _paths(service: Mapping[str, Any], model: Mapping[str, Any]) -> Iterator[str]:
    for volume in service.get("volumes") or ():
        if volume.get("type") == "bind" and volume.get("read_only") and volume.get("source"):
            yield volume["source"]
    for kind in ("secrets", "configs"):
        for wanted in service.get(kind) or ():
            given = (model.get(kind) or {}).get(wanted["source"]) or {}
            if given.get("file"):
                yield given["file"]


def _digest(path: Path) -> str:
    """Nothing of what is no file, or cannot be read: the Engine says what is wrong with it."""
    with contextlib.suppress(OSError):
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size <= _MOST:
            import hashlib  # 3 ms that most stacks do not need

            return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return ""
