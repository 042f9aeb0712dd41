"""What a compose file says under `x-homeport.route`, as texts by dotted name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homeport.model.wish import Refused


def flat(said: Mapping[str, Any]) -> dict[str, str]:
    """`{rate: {limit: 5/s}}` is `{"rate.limit": "5/s"}`; lists stand between commas.

    Raises:
        Refused: something is neither a text, a number, yes or no, nor a list or map of them.
    """
    return dict(_flat("", said))


def _flat(prefix: str, said: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for key, value in said.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            if prefix:
                raise Refused(f"{name} is a map within a map")
            yield from _flat(f"{name}.", value)
        elif isinstance(value, list):
            yield name, ",".join(_text(name, item) for item in value)
        elif value is not None:
            yield name, _text(name, value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    raise Refused(f"{name} is neither a text nor a number")
