"""`cache`: directories and flags, in any of their spellings. Pure.

Source: travis-yml, `doc/change/cache.rb`.
"""

from __future__ import annotations

from typing import Any

from homeport.pipeline.travis.messages import Level, Mark, Messages
from homeport.pipeline.travis.tree import as_text

FLAGS = ("apt", "bundler", "cargo", "ccache", "cocoapods", "npm", "packages", "pip", "yarn")


def caches(value: Any, field: str, mark: Mark, messages: Messages) -> dict[str, Any] | None:
    """`{"directories": [...], "pip": True, ...}`; None where there is no value."""
    if value is None:
        return None
    if isinstance(value, bool):
        return dict.fromkeys(FLAGS, value)
    found: dict[str, Any] = {}
    for item in value if isinstance(value, list) else [value]:
        _add(found, item)
    unknown = found.keys() - {*FLAGS, "directories", "timeout", "edge", "branch"}
    for key in sorted(unknown):
        messages.say(
            Level.WARNING,
            "unknown_key",
            f"{key} is no cache that is known",
            mark=mark,
            field=field,
            fix=f"known: directories, {', '.join(FLAGS)}",
        )
    return found


def _add(found: dict[str, Any], item: Any) -> None:
    if isinstance(item, dict):
        rest = {
            key: value for key, value in item.items() if key not in ("directories", "directory")
        }
        found |= rest
        for key in item.keys() - rest.keys():
            _directories(found, item[key])
    elif isinstance(item, list):
        for one in item:
            _add(found, one)
    elif item is not None:
        word = as_text(item)
        if word in FLAGS:
            found[word] = True
        else:
            _directories(found, word)


def _directories(found: dict[str, Any], value: Any) -> None:
    given = value if isinstance(value, list) else [value]
    found.setdefault("directories", []).extend(as_text(one) for one in given if one is not None)
