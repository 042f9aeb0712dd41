"""Choosing and grouping: docker-gen's template functions over lists of containers. Pure.

A field path is what docker-gen takes: `Env.VIRTUAL_HOST`, `State.Health.Status`. Where it leads
nowhere, the value is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec


def field(item: Any, path: str) -> Any:
    """The value at a path; None where there is none."""
    for part in [p for p in path.split(".") if p]:
        if isinstance(item, Mapping):
            item = item.get(part)
        elif isinstance(item, msgspec.Struct) and not part.startswith("_"):
            item = getattr(item, part, None)
        else:
            return None
    return item


def group_by(items: Iterable[Any], path: str) -> dict[str, list[Any]]:
    """Value -> the items that have it; those without are left out. Sorted, as Go ranges."""
    return _grouped((_text(field(item, path), path), item) for item in items)


def group_by_with_default(items: Iterable[Any], path: str, default: str) -> dict[str, list[Any]]:
    """As groupBy, but those without the value come under `default`."""
    values = ((_text(field(item, path), path), item) for item in items)
    return _grouped((default if value is None else value, item) for value, item in values)


def group_by_keys(items: Iterable[Any], path: str) -> list[str]:
    """The values that groupBy finds."""
    return list(group_by(items, path))


def group_by_multi(items: Iterable[Any], path: str, separator: str) -> dict[str, list[Any]]:
    """As groupBy, where a value is several between separators."""
    values = ((_text(field(item, path), path), item) for item in items)
    return _grouped(
        (part, item)
        for value, item in values
        if value is not None
        for part in value.split(separator)
    )


def group_by_label(items: Iterable[Any], label: str) -> dict[str, list[Any]]:
    """As groupBy, by a label, whose name may have dots."""
    return _grouped((item.Labels.get(label), item) for item in items)


def group_by_label_with_default(
    items: Iterable[Any], label: str, default: str
) -> dict[str, list[Any]]:
    """As groupByLabel, but those without it come under `default`."""
    return _grouped((item.Labels.get(label, default), item) for item in items)


def where(items: Iterable[Any], path: str, value: Any) -> list[Any]:
    """Those that have the value."""
    return _chosen(items, path, lambda found: bool(found == value))


def where_not(items: Iterable[Any], path: str, value: Any) -> list[Any]:
    """Those that have it not."""
    return _chosen(items, path, lambda found: bool(found != value))


def where_exist(items: Iterable[Any], path: str) -> list[Any]:
    """Those of which the path leads somewhere."""
    return _chosen(items, path, lambda found: found is not None)


def where_not_exist(items: Iterable[Any], path: str) -> list[Any]:
    """Those of which it leads nowhere."""
    return _chosen(items, path, lambda found: found is None)


def where_any(items: Iterable[Any], path: str, separator: str, values: Sequence[str]) -> list[Any]:
    """Those that have one of the values among several between separators."""
    wanted = set(values)
    return _chosen(items, path, lambda found: bool(wanted & _parts(found, separator)))


def where_all(items: Iterable[Any], path: str, separator: str, values: Sequence[str]) -> list[Any]:
    """Those that have all of the values among several between separators."""
    wanted = set(values)
    return _chosen(
        items, path, lambda found: found is not None and wanted <= _parts(found, separator)
    )


def where_label_exists(items: Iterable[Any], label: str) -> list[Any]:
    """Those with a label."""
    return [item for item in items if label in item.Labels]


def where_label_does_not_exist(items: Iterable[Any], label: str) -> list[Any]:
    """Those without it."""
    return [item for item in items if label not in item.Labels]


def where_label_value_matches(items: Iterable[Any], label: str, pattern: str) -> list[Any]:
    """Those with a label of which a part matches a regular expression."""
    expression = re.compile(pattern)
    return [i for i in items if label in i.Labels and expression.search(i.Labels[label])]


def sort_objects_by_keys_asc(items: Iterable[Any], path: str) -> list[Any]:
    """By the value at a path, as text: `10` comes before `9`, as in docker-gen."""
    return sorted(items, key=lambda item: _sortable(field(item, path)))


def sort_objects_by_keys_desc(items: Iterable[Any], path: str) -> list[Any]:
    """The other way round; equal ones stay in their order."""
    return sorted(items, key=lambda item: _sortable(field(item, path)), reverse=True)


def _chosen(items: Iterable[Any], path: str, test: Callable[[Any], bool]) -> list[Any]:
    return [item for item in items if test(field(item, path))]


def _grouped(pairs: Iterable[tuple[str | None, Any]]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for value, item in pairs:
        if value is not None:
            groups.setdefault(value, []).append(item)
    return dict(sorted(groups.items()))


def _text(value: Any, path: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"{path} is no text, and cannot be grouped by")


def _parts(value: Any, separator: str) -> set[str]:
    return set(str(value).split(separator)) if value is not None else set()


def _sortable(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else ""
