"""Ports that a job publishes: on its own localhost, since the box's are of what is live. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.pipeline.gate.verdict import refused

PORTS = "homeport.job.ports"  # the label that says them: `8080:80 8443:443`
_MOST = 64  # of one container


def published(bindings: Mapping[str, Any]) -> tuple[str, str]:
    """What the label says, and a warning for what cannot be had.

    Args:
        bindings: `PortBindings` of a create: `80/tcp` -> where it is to be reached.

    Raises:
        Forbidden: they are too many.
    """
    kept, left = [], []
    for inside, places in bindings.items():
        port, _, protocol = str(inside).partition("/")
        for place in places if isinstance(places, list) and places else [{}]:
            outside = str(place.get("HostPort") or "") if isinstance(place, dict) else ""
            if protocol in ("", "tcp") and _is_port(outside) and _is_port(port):
                kept.append(f"{outside}:{port}")
            else:
                left.append(str(inside)[:20])
    if len(kept) > _MOST:
        raise refused(f"publish more than {_MOST} ports of a container")
    return " ".join(kept), _warning(left)


def read_ports(label: str) -> list[tuple[int, int]]:
    """What the label says: ports of the job, and of the container."""
    pairs = (pair.partition(":") for pair in label.split())
    return [(int(outside), int(inside)) for outside, _, inside in pairs]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65536


def _warning(left: list[str]) -> str:
    if not left:
        return ""
    return f"not published: {', '.join(left)}: a job has TCP ports that it names, on its localhost"
