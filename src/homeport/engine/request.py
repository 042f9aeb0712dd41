"""A request by the Engine's conventions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from homeport.engine import wire


def request_of(
    method: str,
    path: str,
    query: Mapping[str, Any] | None,
    body: Any,
    headers: Mapping[str, str] | None,
) -> bytes:
    """A request as it goes over the wire; `body` is JSON, or the bytes of an archive."""
    content, kind = _content(body)
    lines = [("Host", "docker"), ("User-Agent", "homeport")]
    given = dict(headers or {})
    if kind:
        kind = given.pop("Content-Type", kind)
        lines += [("Content-Type", kind), ("Content-Length", str(len(content)))]
    elif method == "POST":
        lines += [("Content-Length", "0")]
    target = quote(path, safe="/:@%") + ("?" + urlencode(_encoded(query)) if query else "")
    return wire.request(method, target, [*lines, *given.items()]) + content


def _content(body: Any) -> tuple[bytes, str]:
    """A body as bytes, and its type: JSON, but for an archive; "" where there is none."""
    if isinstance(body, bytes):
        return body, "application/x-tar"
    return (b"", "") if body is None else (json.dumps(body).encode(), "application/json")


def _encoded(query: Mapping[str, Any]) -> dict[str, str]:
    """The Engine's conventions: booleans are 1 and 0, filters are JSON."""
    return {key: _parameter(value) for key, value in query.items() if value is not None}


def _parameter(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
