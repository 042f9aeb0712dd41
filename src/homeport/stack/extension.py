"""`x-homeport`: what homeport alone needs, said in the compose file. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from homeport.errors import FileFault, RequestError
from homeport.model.stack import Order
from homeport.model.wish import Refused
from homeport.stack.units import seconds

KEYS = ("order", "drain", "deadline", "hold", "platforms", "watch", "route")
_YEAR = 31_536_000.0
TOP_KEYS = (*KEYS, "builds", "rebuild", "dns")  # and what is said once for the whole file


def extension(model: Mapping[str, Any], service: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The keys that hold for a service: its own, then the file's.

    Raises:
        FileFault: a key is not known, or its value cannot be.
    """
    top = _checked(model.get("x-homeport") or {}, "x-homeport", TOP_KEYS)
    own = _checked(service.get("x-homeport") or {}, f"services.{name}.x-homeport", KEYS)
    return {**top, **own}


def records_wish(model: Mapping[str, Any]) -> str:
    """What `x-homeport.dns` says: "" for nothing, "off" for no records, else `PROVIDER:ZONE`.

    Raises:
        FileFault: as `extension`.
    """
    top = _checked(model.get("x-homeport") or {}, "x-homeport", TOP_KEYS)
    return str(top.get("dns", ""))


def _checked(given: Any, field: str, known: Collection[str]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise FileFault("is no map of keys", file="compose", field=field)
    for key in given:
        if key not in known:
            hint = f"known: {', '.join(known)}"
            raise FileFault("is not known", file="compose", field=f"{field}.{key}", hint=hint)
    return {key: _value(key, value, f"{field}.{key}") for key, value in given.items()}


def _value(key: str, value: Any, field: str) -> Any:
    match key:
        case "order":
            return _order(value, field)
        case "platforms":
            return _platforms(value, field)
        case "builds":
            return value  # the room that builds reads it
        case "route":
            return _route(value, field)
        case "dns":
            return _dns(value, field)
        case "watch" | "rebuild":
            return _yes_or_no(value, field)
        case _:
            return _seconds(value, field)


def _seconds(value: Any, field: str) -> float:
    found = seconds(value, field)
    if not 0 <= found < _YEAR:
        raise FileFault(f"{value} is no time to wait", file="compose", field=field)
    return found


def _route(value: Any, field: str) -> dict[str, str]:
    """The rules of its routes as texts, which become labels of its containers."""
    if not isinstance(value, Mapping):
        raise FileFault("is no map of keys", file="compose", field=field)
    from homeport.model.rules import flat, read_rules  # 1 ms that few files need

    try:
        texts = flat(value)
        read_rules(texts)
    except Refused as error:
        raise FileFault(error.message, file="compose", field=field, hint=error.hint) from error
    return texts


def _dns(value: Any, field: str) -> str:
    """The text of the label `homeport.dns`."""
    if isinstance(value, bool):
        return "" if value else "off"
    hint = "false, or {zone: example.org, provider: cloudflare}, each as the box's file has it"
    if not isinstance(value, Mapping) or value.keys() - {"zone", "provider"}:
        raise FileFault("is neither false nor a zone", file="compose", field=field, hint=hint)
    said = {key: str(text).strip().lower().rstrip(".") for key, text in value.items()}
    if not all(text and not set(text) & set(": /\n") for text in said.values()):
        raise FileFault("names no zone", file="compose", field=field, hint=hint)
    return f"{said.get('provider', '')}:{said.get('zone', '')}" if said else ""


def _yes_or_no(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise FileFault("is neither true nor false", file="compose", field=field)
    return value


def _platforms(value: Any, field: str) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        hint = "for example [linux/amd64, linux/arm64]"
        raise FileFault("is no list of platforms", file="compose", field=field, hint=hint)
    from homeport.model.image import read_platform  # 0.5 ms that few files need

    try:
        return tuple(str(read_platform(name)) for name in names)
    except RequestError as error:
        fault = error.message
        raise FileFault(fault, file="compose", field=field, hint=error.hint) from error


def _order(value: Any, field: str) -> Order:
    if value not in tuple(Order):
        hint = "start-first, or stop-first"
        raise FileFault(f"{value!r} is no order", file="compose", field=field, hint=hint)
    return Order(value)
