"""`x-homeport`: what homeport alone needs, said in the compose file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.errors import FileFault
from homeport.model.stack import Order
from homeport.stack.units import seconds

KEYS = ("order", "drain", "deadline", "hold")


def extension(model: Mapping[str, Any], service: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The keys that hold for a service: its own, then the file's.

    Raises:
        FileFault: a key is not known, or its value cannot be.
    """
    top = _checked(model.get("x-homeport") or {}, "x-homeport")
    own = _checked(service.get("x-homeport") or {}, f"services.{name}.x-homeport")
    return {**top, **own}


def _checked(given: Any, field: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise FileFault("is no map of keys", file="compose", field=field)
    return {key: _value(key, value, f"{field}.{key}") for key, value in given.items()}


def _value(key: str, value: Any, field: str) -> Any:
    if key not in KEYS:
        hint = f"known: {', '.join(KEYS)}"
        raise FileFault("is not known", file="compose", field=field, hint=hint)
    if key != "order":
        return seconds(value, field)
    if value not in tuple(Order):
        hint = "start-first, or stop-first"
        raise FileFault(f"{value!r} is no order", file="compose", field=field, hint=hint)
    return Order(value)
