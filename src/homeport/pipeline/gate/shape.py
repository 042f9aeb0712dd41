"""Bodies of requests, read as the Engine reads them: Go takes the keys of JSON in any case.

What homeport does not know cannot be judged, and is refused where it says anything. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.errors import RequestError
from homeport.pipeline.gate.verdict import refused


def canonical(found: Any, known: Mapping[str, str], where: str) -> dict[str, Any]:
    """An object with the keys that the Engine would find in it.

    Args:
        found: what came.
        known: lower-case name -> the Engine's name.
        where: how errors name the object.

    Raises:
        RequestError: it is no object, or one that says a thing twice.
        Forbidden: it says something that homeport does not know.
    """
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RequestError(f"{where} is no object")
    clean: dict[str, Any] = {}
    for key, value in found.items():
        # Go folds K (Kelvin) and long s, too: nobody needs them.
        name = known.get(key.lower()) if key.isascii() else None
        if name is None:
            if value:
                raise refused(f"say {where}.{key[:40]}", "homeport does not know what it does")
            continue
        if name in clean:
            raise RequestError(f"{where} says {name} twice")
        clean[name] = value
    return clean


def names(text: str) -> dict[str, str]:
    """Known keys from words, by their lower-case names."""
    return {word.lower(): word for word in text.split()}


def texts(found: Any, where: str) -> list[str]:
    """A list of texts.

    Raises:
        RequestError: it is none.
    """
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise RequestError(f"{where} is no list of texts")
    return found


def table(found: Any, where: str) -> dict[str, Any]:
    """An object whose keys are people's own.

    Raises:
        RequestError: it is none.
    """
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RequestError(f"{where} is no object")
    return found
