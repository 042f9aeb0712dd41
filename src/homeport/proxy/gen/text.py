"""Texts, lists and maps: the other template functions of docker-gen's. Pure but for three.

`dir`, `exists` and `include` look at files, as docker-gen's do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import msgspec


def closest(values: Iterable[str], text: str) -> str:
    """The longest of the values that is a part of the text; "" where none is."""
    return max((value for value in values if value in text), key=len, default="")


def coalesce(*values: Any) -> Any:
    """The first that is not none."""
    return next((value for value in values if value is not None), None)


def comment(delimiter: str, text: str) -> str:
    """The text with the delimiter before each line."""
    lines = (f"{delimiter} {line}".rstrip() for line in text.split("\n"))
    return "\n".join(lines)


def contains(mapping: Any, key: Any) -> bool:
    """Whether a map has a key; false for what is no map."""
    return isinstance(mapping, Mapping) and key in mapping


def make_dict(*pairs: Any, **named: Any) -> dict[str, Any]:
    """A map of keys and values that stand in turn."""
    if len(pairs) % 2:
        raise ValueError("dict wants a value for each key")
    return dict(zip(pairs[::2], pairs[1::2], strict=True)) | named


def directory(path: str) -> list[str]:
    """The names in a folder, sorted; none where there is no such folder."""
    try:
        return sorted(entry.name for entry in Path(path).iterdir())
    except OSError:
        return []


def exists(path: str) -> bool:
    """Whether there is such a file or folder."""
    return Path(path).exists()


def include(path: str) -> str:
    """What a file holds; "" where it cannot be read."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def first(values: Iterable[Any] | None) -> Any:
    """The first; none where there is none."""
    return next(iter(values or ()), None)


def last(values: Sequence[Any] | None) -> Any:
    """The last; none where there is none."""
    return values[-1] if values else None


def has_prefix(prefix: str, text: str) -> bool:
    """Whether a text begins so."""
    return text.startswith(prefix)


def has_suffix(suffix: str, text: str) -> bool:
    """Whether a text ends so."""
    return text.endswith(suffix)


def intersect(one: Iterable[str], other: Iterable[str]) -> list[str]:
    """What both have, sorted."""
    return sorted(set(one) & set(other))


def to_json(value: Any) -> str:
    """JSON; of a container, with docker-gen's names."""
    return msgspec.json.encode(value).decode()


def parse_json(text: str) -> Any:
    """What JSON says."""
    return json.loads(text)


def to_yaml(value: Any) -> str:
    """YAML, without the newline at its end."""
    import yaml  # 3 MB that few templates need

    return str(yaml.safe_dump(msgspec.to_builtins(value), sort_keys=True)).rstrip("\n")


def from_yaml(text: str) -> Any:
    """What YAML says."""
    import yaml

    return yaml.safe_load(text)


def keys(mapping: Mapping[str, Any] | None) -> list[str] | None:
    """The keys of a map, sorted."""
    return None if mapping is None else sorted(mapping)


def values(mapping: Mapping[str, Any]) -> list[Any]:
    """The values of a map, in the order of its keys."""
    return [mapping[key] for key in sorted(mapping)]


def query_escape(text: str) -> str:
    """As a part of a query in an address."""
    return quote_plus(text)


def replace(text: str, old: str, new: str, count: int = -1) -> str:
    """With the first `count` ones replaced; all of them where it is -1."""
    return text.replace(old, new, count)


def sha1(text: str) -> str:
    """The digest in hexadecimal. Names are made of it, nothing is proved."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def split(text: str, separator: str) -> list[str]:
    """The parts between separators; the characters where it is ""."""
    return text.split(separator) if separator else list(text)


def split_n(text: str, separator: str, count: int) -> list[str]:
    """At most `count` parts, the last with the rest; all of them where it is negative."""
    if count == 0:
        return []
    return text.split(separator, count - 1 if count > 0 else -1)


def sort_strings_asc(values: Iterable[str]) -> list[str]:
    """Sorted."""
    return sorted(values)


def sort_strings_desc(values: Iterable[str]) -> list[str]:
    """Sorted the other way round."""
    return sorted(values, reverse=True)


def to_lower(text: str) -> str:
    """In lower case."""
    return text.lower()


def to_upper(text: str) -> str:
    """In upper case."""
    return text.upper()


def trim(text: str) -> str:
    """Without the space around it."""
    return text.strip()


def trim_prefix(prefix: str, text: str) -> str:
    """Without a prefix, where it has it."""
    return text.removeprefix(prefix)


def trim_suffix(suffix: str, text: str) -> str:
    """Without a suffix, where it has it."""
    return text.removesuffix(suffix)


def when(condition: object, yes: Any, no: Any) -> Any:
    """One of two values."""
    return yes if condition else no
