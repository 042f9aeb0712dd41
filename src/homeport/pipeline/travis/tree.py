"""A YAML tree that knows where its keys and items stand. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from homeport.pipeline.travis.messages import NOWHERE, Mark


class Table(dict[str, Any]):
    """A mapping; `marks` says where each key stands."""

    __slots__ = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: dict[str, Mark] = {}

    def put(self, key: str, value: Any, mark: Mark) -> None:
        """Set a key; one that was there keeps its place in the order, as in Ruby's Hash."""
        self[key] = value
        self.marks[key] = mark

    def mark(self, key: str) -> Mark:
        """Where a key stands."""
        return self.marks.get(key, NOWHERE)


class Listing(list[Any]):
    """A sequence; `marks` says where each item stands."""

    __slots__ = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Mark] = []

    def mark(self, index: int) -> Mark:
        """Where an item stands."""
        return self.marks[index] if index < len(self.marks) else NOWHERE


def as_text(value: Any) -> str:
    """A scalar as it would be written: `true`, `3`, and text as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def frozen(value: Any) -> Hashable:
    """A value that can be compared and hashed; the order of keys does not count."""
    if isinstance(value, dict):
        return frozenset((key, frozen(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    return (isinstance(value, bool), value)
