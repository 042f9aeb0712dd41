"""A tree as it was written to the form that the schema wants, and what was changed. Pure.

One item is wrapped where a list is wanted, of a list the first item is taken where one is wanted,
and what cannot be is left out. Source: travis-yml, `doc/change` and `doc/validate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from homeport.errors import FileFault
from homeport.model.regex import CannotParse
from homeport.pipeline.travis.caches import caches
from homeport.pipeline.travis.conditions import parse
from homeport.pipeline.travis.env import Vars, read_variables
from homeport.pipeline.travis.keys import repaired
from homeport.pipeline.travis.kinds import (
    Anything,
    Caches,
    Condition,
    Flag,
    Keys,
    Kind,
    Many,
    Text,
    Variables,
)
from homeport.pipeline.travis.messages import Level, Mark, Messages
from homeport.pipeline.travis.schema import ROOT
from homeport.pipeline.travis.tree import Listing, Table
from homeport.pipeline.travis.values import flag, known_value, text

MAX_ITEMS = 2_000  # of a list: the longest of a real file has some 600

_WANTED: Mapping[type, str] = {Text: "text", Flag: "true or false", Keys: "keys", Many: "a list"}


def normalise(tree: Table, messages: Messages) -> Table:
    """The whole file in its normal form."""
    found = Normaliser(messages).read(ROOT, tree, "", (1, 1))
    return found if isinstance(found, Table) else Table()


class Normaliser:
    """Reads values by their kind, and says what it did."""

    def __init__(self, messages: Messages) -> None:
        self.messages = messages

    def read(self, kind: Kind, value: Any, field: str, mark: Mark) -> Any:
        """A value in its normal form; None for none, and for one that cannot be."""
        match kind:
            case Many():
                return self._many(kind, value, field, mark)
            case Keys():
                return self._keys(kind, value, field, mark)
            case Text():
                return self._text(kind, value, field, mark)
            case Condition():
                return self._condition(value, field, mark)
            case Flag():
                return flag(self._one(value, field, mark), field, mark, self.messages)
            case Variables():
                return self._variables(value, field, mark)
            case Caches():
                return caches(value, field, mark, self.messages)
            case Anything():
                return value
        assert_never(kind)

    def _variables(self, value: Any, field: str, mark: Mark) -> list[Vars] | None:
        items = flattened(value, mark)
        if len(items) > MAX_ITEMS:
            raise self._too_long(len(items), field, mark)
        return read_variables(value, field, mark, self.messages)

    # --- one value ---

    def _text(self, kind: Text, value: Any, field: str, mark: Mark) -> str | None:
        value = self._one(value, field, mark)
        if value is None:
            return None
        if isinstance(value, dict):
            self._cannot_be(kind, value, field, mark)
            return None
        found = text(value)
        if kind.known and found not in kind.known.values():
            return known_value(kind, found, field, mark, self.messages)
        return found

    def _condition(self, value: Any, field: str, mark: Mark) -> str | None:
        found = self._text(Text(), value, field, mark)
        try:
            parse(found or "true")
        except CannotParse as error:
            self.messages.say(
                Level.ERROR,
                "invalid_condition",
                f"`{found}` cannot be parsed, and never holds: {error}",
                mark=mark,
                field=field,
                fix="write it as in `branch = master AND type = push`",
            )
        return found

    def _one(self, value: Any, field: str, mark: Mark) -> Any:
        while isinstance(value, list):
            if not value:
                return None
            self.messages.say(
                Level.WARNING,
                "unexpected_list",
                "is a list where one value is wanted: its first is taken",
                mark=mark,
                field=field,
                fix="write the value alone",
            )
            value = value[0]
        return value

    def _cannot_be(self, kind: Kind, value: Any, field: str, mark: Mark) -> None:
        self.messages.say(
            Level.ERROR,
            "wrong_type",
            f"is {_kind_of(value)} where {_WANTED[type(kind)]} is wanted, and is left out",
            mark=mark,
            field=field,
            fix=f"write {_WANTED[type(kind)]}",
        )

    # --- lists ---

    def _many(self, kind: Many, value: Any, field: str, mark: Mark) -> Listing | None:
        if value is None:
            return None
        found, items = Listing(), flattened(value, mark)
        if len(items) > MAX_ITEMS:
            raise self._too_long(len(items), field, mark)
        for index, (item, where) in enumerate(items):
            place = f"{field}.{index}" if isinstance(value, list) else field
            read = self._item(kind.item, item, place, where)
            if read is not None:
                found.append(read)
                found.marks.append(where)
        return found

    def _item(self, kind: Kind, item: Any, field: str, mark: Mark) -> Any:
        # A command that YAML reads as a mapping (`echo "a: b"`) stays one.
        if isinstance(kind, Text) and not kind.known and isinstance(item, dict):
            self._cannot_be_command(item, field, mark)
            return item
        return self.read(kind, item, field, mark)

    def _cannot_be_command(self, item: Any, field: str, mark: Mark) -> None:
        self.messages.say(
            Level.WARNING,
            "wrong_type",
            "is keys where text is wanted: YAML takes what stands before `: ` for a key",
            mark=mark,
            field=field,
            fix="put the whole line in quotes",
        )

    def _too_long(self, size: int, field: str, mark: Mark) -> FileFault:
        return FileFault(
            f"has {size} items",
            file=self.messages.file,
            line=mark[0],
            column=mark[1],
            field=field,
            hint=f"at most {MAX_ITEMS}",
        )

    # --- mappings ---

    def _keys(self, kind: Keys, value: Any, field: str, mark: Mark) -> Table | None:
        if value is None or (isinstance(value, list) and not value):
            return None
        table = self._table(kind, value, field, mark)
        if table is None:
            self._cannot_be(kind, value, field, mark)
            return None
        found = Table()
        for key, item in table.items():
            wanted = kind.fields.get(key)
            place = f"{field}.{key}" if field else key
            read = self.read(wanted, item, place, table.mark(key)) if wanted else item
            if read is None and kind.keeps_empty and isinstance(wanted, Many | Variables):
                read = Listing()
            if read is not None:
                found.put(key, read, table.mark(key))
        if kind.keeps_empty and all(one == [] for one in found.values()):
            self._says_nothing(field, mark)
            return None
        return found

    def _says_nothing(self, field: str, mark: Mark) -> None:
        self.messages.say(
            Level.WARNING,
            "empty",
            "says nothing, and is left out",
            mark=mark,
            field=field,
            fix="give it a key with a value",
        )

    def _table(self, kind: Keys, value: Any, field: str, mark: Mark) -> Table | None:
        """The mapping that is meant; None where there is none in it."""
        if isinstance(value, Table):
            return _prefixed(kind, repaired(kind, value, field, self.messages), mark)
        if kind.prefix:
            found = Table()
            found.put(kind.prefix, value, mark)
            return found
        if isinstance(value, list) and isinstance(value[0], Table):
            return self._table(kind, self._one(value, field, mark), field, mark)
        return None


def _prefixed(kind: Keys, table: Table, mark: Mark) -> Table:
    """`env: {A: 1}` means `env: {jobs: {A: 1}}`."""
    if not kind.prefix or kind.open or kind.prefix in table or table.keys() <= kind.fields.keys():
        return table
    known, other = Table(), Table()
    for key, value in table.items():
        (known if key in kind.fields else other).put(key, value, table.mark(key))
    known.put(kind.prefix, other, mark)
    return known


def flattened(value: Any, mark: Mark) -> list[tuple[Any, Mark]]:
    """The items of a list and of the lists in it; a value that is none is its only item."""
    if not isinstance(value, list):
        return [(value, mark)]
    marks = value.marks if isinstance(value, Listing) else [mark] * len(value)
    return [
        pair for item, where in zip(value, marks, strict=True) for pair in flattened(item, where)
    ]


def _kind_of(value: Any) -> str:
    if isinstance(value, dict):
        return "keys"
    return "a list" if isinstance(value, list) else f"`{value}`"
