"""The keys of a mapping: aliases, typos, and those that nobody knows. Pure.

Source: travis-yml, `doc/change/key.rb`.
"""

from __future__ import annotations

from homeport.pipeline.travis.kinds import Keys
from homeport.pipeline.travis.messages import Level, Messages
from homeport.pipeline.travis.repair import cleaned, dictionary, nearest
from homeport.pipeline.travis.schema import ALL_KEYS
from homeport.pipeline.travis.tree import Table


def repaired(kind: Keys, given: Table, field: str, messages: Messages) -> Table:
    """The same values under the keys that were meant. Unknown keys stay, with a warning."""
    if all(key in kind.fields for key in given):
        return given
    found = Table()
    moved: list[tuple[str, str]] = []
    for key, value in given.items():
        if key in kind.fields or key[:1] in ("_", ".") or (kind.open and key not in kind.aliases):
            found.put(key, value, given.mark(key))
        else:
            moved.append((key, _meant(kind, key, given, field, messages)))
    # After those that are right: of two that mean the same, the repaired one counts.
    for old, new in moved:
        found.put(new, given[old], given.mark(old))
    return found


def _meant(kind: Keys, key: str, given: Table, field: str, messages: Messages) -> str:
    place = f"{field}.{key}" if field else key
    if key in kind.aliases:
        return kind.aliases[key]
    other = _fixed(kind, key)
    if not other:
        if not kind.prefix:
            messages.say(
                Level.WARNING,
                "unknown_key",
                f"{key} is not known, and does nothing",
                mark=given.mark(key),
                field=place,
                fix="remove it, or begin it with _ or . where an anchor stands on it",
            )
        return key
    messages.say(
        Level.WARNING,
        "repaired_key",
        f"{key} is read as {other}",
        mark=given.mark(key),
        field=place,
        fix=f"write {other}",
    )
    return other


def _fixed(kind: Keys, key: str) -> str:
    """The key that was meant; "" where none is likely."""
    for other in (key.strip(), key.lower(), key.replace("-", "_"), cleaned(key)):
        other = kind.aliases.get(other, other)
        if other in kind.fields:
            return other
    other = dictionary(key, ()) or nearest(key, kind.names, ALL_KEYS)
    other = kind.aliases.get(other, other)
    return other if other in kind.fields else ""
