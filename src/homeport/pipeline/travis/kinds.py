"""What a value of `.travis.yml` may be: the vocabulary that the schema is written in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A scalar, as text. `known`: the values it should have; an alias has the value it means."""

    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """true or false, in any of Travis's spellings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything:
    """Kept as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`if`: text that `conditions` can parse; what it cannot parse is kept, and never holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list; one item is wrapped, and lists in the list are flattened."""

    item: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """`env`: a list of sets of variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caches:
    """`cache`: directories and flags, in any of their six spellings."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """A mapping of known keys.

    `prefix` is the key that is meant where something else than a mapping of them is given.
    `keeps_empty`: a list without items says that there are none, where otherwise it says nothing.
    `open`: there are more keys than these.
    """

    fields: Mapping[str, Kind]
    aliases: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    keeps_empty: bool = False
    open: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Everything that a typo may have been meant to be."""
        return (*self.fields, *self.aliases)


Kind = Text | Flag | Anything | Condition | Many | Variables | Caches | Keys
