"""Where in the compose files a field stands: Compose's model knows no lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.errors import FileFault

if TYPE_CHECKING:
    from yaml import Node

_MERGE = "<<"


def located(fault: FileFault, files: Sequence[Path]) -> FileFault:
    """The fault with the line of its field, in the file that says it.

    The later file stands above the earlier; of a field that no file has (it came by `extends` or
    `include`), the line is that of the longest part of it that one has.
    """
    if fault.line or not fault.field:
        return fault
    places = [(*place_of(file, fault.field), file) for file in files]
    depth, line, file = max(places, key=lambda place: (place[0], files.index(place[2])))
    name = file.name if depth else fault.file
    return FileFault(fault.said, file=name, line=line, field=fault.field, hint=fault.hint)


def place_of(file: Path, field: str) -> tuple[int, int]:
    """How much of a field a file has, in characters, and the line of that; 0 and 0 for nothing."""
    import yaml  # 10 ms that only a fault needs

    try:
        root = yaml.compose(file.read_text(), Loader=yaml.SafeLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return 0, 0  # Compose could read it, and says what is wrong by itself
    depth, line, rest = 0, 0, field
    while root is not None and rest:
        root, line, rest = _step(root, line, rest)
        depth = len(field) - len(rest) if root else depth
    return depth, line


def _step(node: Node, line: int, rest: str) -> tuple[Node | None, int, str]:
    """One key further: what stands there, its line, and what is left of the field."""
    fitting = [found for found in _entries(node) if _fits(found[0], rest)]
    if not fitting:
        return None, line, rest
    key, value, at = max(fitting, key=lambda found: len(found[0]))
    return value, at, rest[len(key) :].lstrip(".")


def _fits(key: str, rest: str) -> bool:
    """Names of services may have dots."""
    return rest == key or rest.startswith((f"{key}.", f"{key}["))


def _entries(node: Node) -> Iterator[tuple[str, Node, int]]:
    """(key, value, line) of a list by its numbers, or of a map, and then of what it merges."""
    import yaml

    if isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            for key in (str(number), f"[{number}]"):
                yield key, value, value.start_mark.line + 1
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    for key, value in pairs:
        if key.value != _MERGE:
            yield str(key.value), value, key.start_mark.line + 1
    for merged in (value for key, value in pairs if key.value == _MERGE):
        for one in merged.value if isinstance(merged, yaml.SequenceNode) else (merged,):
            yield from _entries(one)
