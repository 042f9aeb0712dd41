"""A job while the matrix is expanded: its keys so far, and why it exists. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from homeport.pipeline.travis.messages import Mark
from homeport.pipeline.travis.tree import frozen

Attrs = dict[str, Any]
# A condition, and the keys of the job that it is asked for -> whether it holds.
Accepts = Callable[[str, Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One job to be."""

    attrs: Attrs
    why: str
    mark: Mark = (0, 0)
    own: Sequence[Attrs] = ()  # its env without what the whole file shares

    def having(self, attrs: Attrs) -> Draft:
        """The same job with other keys."""
        return replace(self, attrs=attrs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What a file says and no job runs, and why."""

    what: str
    why: str
    line: int


class _Identity:
    """What makes a job the same as another. Jobs share their values: each is looked at once."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._equal: dict[Hashable, int] = {}

    def of(self, draft: Draft) -> Hashable:
        # Of env only what is its own: the rest is the same for all.
        named = {**draft.attrs, "env": draft.own}
        return frozenset((key, self._number(value)) for key, value in named.items())

    def _number(self, value: Any) -> int:
        """The same for values that are equal."""
        number = self._seen.get(id(value))
        if number is None:
            number = self._equal.setdefault(frozen(value), len(self._equal))
            self._seen[id(value)] = number
        return number


def unique(drafts: Sequence[Draft], dropped: list[Dropped]) -> list[Draft]:
    """The first of those that are the same."""
    found: dict[Hashable, Draft] = {}
    identity = _Identity()
    for draft in drafts:
        first = found.setdefault(identity.of(draft), draft)
        if first is not draft:
            why = f"duplicate of the job that exists for: {first.why}"
            dropped.append(Dropped(what=draft.why, why=why, line=draft.mark[0]))
    return list(found.values())
