"""docker-gen's configuration file: TOML, a `[[config]]` for each file that is generated. Pure.

Keys are those of its Config struct, in any case, as its TOML library takes them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from homeport.errors import FileFault, RequestError
from homeport.proxy.gen.options import TemplateConfig, parse_wait

T = TypeVar("T")


def read_config(text: str, file: str) -> list[TemplateConfig]:
    """What a file asks for, in its order.

    Raises:
        FileFault: it does not parse, has an unknown key, or a value that cannot be.
    """
    found = _lower(_parsed(text, file))
    tables = found.pop("config", [])
    if found:
        raise _fault(text, file, 0, next(iter(found)), "is no key", "files begin with [[config]]")
    if not isinstance(tables, list):
        raise _fault(text, file, 0, "config", "is no list", "write [[config]]")
    return [_config(table, text, file, number) for number, table in enumerate(tables, 1)]


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = (int(number) for number in place.groups()) if place else (0, 0)
        message = str(error).partition(" (at ")[0]
        raise FileFault(message, file=file, line=line, column=column) from error


def _config(table: Any, text: str, file: str, number: int) -> TemplateConfig:
    values = {}
    for key, value in _lower(table).items():
        if key not in KEYS:
            known = f"known: {', '.join(KEYS)}"
            raise _fault(text, file, number, key, "is no key", known)
        name, read = KEYS[key]
        try:
            values[name] = read(value)
        except (RequestError, TypeError, ValueError) as error:
            reason = f"cannot be {value!r}: {error}"
            raise _fault(text, file, number, key, reason) from error
    if not values.get("template"):
        raise _fault(text, file, number, "config", "names no template")
    return TemplateConfig(**values)


def _lower(table: Any) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in dict(table).items()}


def _fault(text: str, file: str, number: int, key: str, message: str, hint: str = "") -> FileFault:
    """A fault in the nth `[[config]]`, at the line where the key stands."""
    section, line = 0, 0
    for at, content in enumerate(text.splitlines(), 1):
        section += bool(re.match(r"\s*\[\[\s*config\s*\]\]", content, re.IGNORECASE))
        named = re.match(rf"\s*\[*\s*(config\.)?{re.escape(key)}\b", content, re.IGNORECASE)
        if section == number and named:
            line = at
            break
    return FileFault(message, file=file, line=line, field=key, hint=hint)


def _text(value: Any) -> str:
    return _as(str, value)


def _flag(value: Any) -> bool:
    return _as(bool, value)


def _number(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError("a number is wanted")
    return _as(int, value)


def _signals(value: Any) -> dict[str, int]:
    return {str(name): _number(signal) for name, signal in _table(value).items()}


def _filters(value: Any) -> dict[str, tuple[str, ...]]:
    return {str(name): tuple(map(_text, given)) for name, given in _table(value).items()}


def _table(value: Any) -> Mapping[str, Any]:
    return _as(dict, value)


def _as(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"a {_WORDS[kind]} is wanted")
    return value


_WORDS: dict[type, str] = {str: "text", bool: "boolean", int: "number", dict: "table"}
KEYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "template": ("template", _text),
    "dest": ("dest", _text),
    "watch": ("watch", _flag),
    "wait": ("wait", lambda value: parse_wait(_text(value))),
    "check": ("check", _text),
    "notifycmd": ("notify_command", _text),
    "notifyoutput": ("notify_output", _flag),
    "notifycontainers": ("notify", _signals),
    "notifycontainersfilter": ("notify_filter", _filters),
    "notifycontainerssignal": ("notify_signal", _number),
    "onlyexposed": ("only_exposed", _flag),
    "onlypublished": ("only_published", _flag),
    "includestopped": ("include_stopped", _flag),
    "containerfilter": ("containers", _filters),
    "interval": ("interval", _number),
    "keepblanklines": ("keep_blank_lines", _flag),
}
