"""Folders that a job lends to its containers: the Engine follows links, out of a checkout, too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import refused


def check_binds(host: Mapping[str, Any], scope: Scope) -> None:
    """Whether what a `HostConfig` mounts of the host lies in the job's own folders.

    Looked at when a container is created, and again when it is started: a link may have been put
    in the place of a folder meanwhile. Such a container is not started again by the Engine alone.

    Raises:
        Forbidden: it does not.
    """
    roots = [os.path.realpath(folder) for folder in scope.folders.values()]
    for source in _sources(host):
        real = os.path.realpath(source)
        if not any(real == root or real.startswith(f"{root}/") for root in roots):
            raise refused("mount what a link leads to, out of its own folder")


def _sources(host: Mapping[str, Any]) -> Iterable[str]:
    binds = [str(text).partition(":")[0] for text in host.get("Binds") or ()]
    yield from (source for source in binds if source.startswith("/"))
    for mount in host.get("Mounts") or ():
        if mount.get("Type") == "bind":
            yield str(mount.get("Source") or "")
