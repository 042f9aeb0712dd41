"""Folders that a job lends to its containers: the Engine follows links, out of a checkout, too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import refused


def check_binds(sources: Iterable[str], scope: Scope) -> None:
    """Whether what is mounted of the host lies in the job's own folders.

    Raises:
        Forbidden: it does not.
    """
    roots = [os.path.realpath(folder) for folder in scope.folders.values()]
    for source in sources:
        real = os.path.realpath(source)
        if not any(real == root or real.startswith(f"{root}/") for root in roots):
            raise refused("mount what a link leads to, out of its own folder")


def asked_for(host: Mapping[str, Any]) -> list[str]:
    """What a `HostConfig` asks for of the host."""
    binds = [str(text).partition(":")[0] for text in host.get("Binds") or ()]
    return [source for source in binds if source.startswith("/")] + _bound(host)


def lent(container: Mapping[str, Any]) -> list[str]:
    """What a container is mounted of the host, that of `VolumesFrom` too, as it was inspected."""
    return sorted({*asked_for(container["HostConfig"]), *_bound(container)})


def changeable(sources: Iterable[str], scope: Scope) -> list[str]:
    """Those that a job may exchange for a link: below its own folders, which it may not."""
    return [source for source in sources if source not in scope.folders.values()]


def _bound(found: Mapping[str, Any]) -> list[str]:
    return [str(m.get("Source") or "") for m in found.get("Mounts") or () if m["Type"] == "bind"]
