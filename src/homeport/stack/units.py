"""Durations and sizes as Compose writes them. Pure."""

from __future__ import annotations

import re

from homeport.errors import FileFault

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h|d|w)")
_SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
    "d": 86400.0, "w": 604800.0,
}  # fmt: skip
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([bkmgt]?)i?b?", re.IGNORECASE)
_POWER = {"": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def seconds(value: object, field: str) -> float:
    """A duration such as `1m30s`, or a number of seconds.

    Raises:
        FileFault: it is something else; `field` is named.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip()
    parts = _DURATION.findall(text)
    if not parts or "".join(n + unit for n, unit in parts) != text:
        hint = "for example 30s or 1m30s"
        raise FileFault(f"{text!r} is no duration", file="compose", field=field, hint=hint)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def nanoseconds(value: object, field: str) -> int:
    """A duration in the Engine's unit."""
    return round(seconds(value, field) * 1e9)


def size(value: object, field: str) -> int:
    """A size such as `512m`, or a number of bytes; multiples are of 1024.

    Raises:
        FileFault: it is something else; `field` is named.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    text = str(value).strip()
    if text == "-1":
        return -1
    found = _SIZE.fullmatch(text)
    if not found:
        hint = "for example 512m or 1g"
        raise FileFault(f"{text!r} is no size", file="compose", field=field, hint=hint)
    return int(float(found[1]) * 1024 ** _POWER[found[2].lower()])
