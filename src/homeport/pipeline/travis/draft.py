"""A job while the matrix is expanded: its keys so far, and why it exists. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
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

    def having(self, attrs: Attrs) -> Draft:
        """The same job with other keys."""
        return Draft(attrs=attrs, why=self.why, mark=self.mark)

    def identity(self) -> Hashable:
        """What makes it the same as another."""
        return frozen(self.attrs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What a file says and no job runs, and why."""

    what: str
    why: str
    line: int


def unique(drafts: Iterable[Draft], dropped: list[Dropped]) -> list[Draft]:
    """The first of those that are the same."""
    found: dict[Hashable, Draft] = {}
    for draft in drafts:
        first = found.setdefault(draft.identity(), draft)
        if first is not draft:
            why = f"duplicate of the job that exists for: {first.why}"
            dropped.append(Dropped(what=draft.why, why=why, line=draft.mark[0]))
    return list(found.values())
