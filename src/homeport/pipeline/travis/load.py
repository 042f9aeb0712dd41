"""A file's text to a tree, as Travis reads YAML. Pure.

libyaml reads the text, and the tree is composed here: Travis accepts what PyYAML's composers refuse
(an anchor that is there twice, an alias of none), and messages need the place of each key.
Source: travis-yml, `support/yaml.rb`, and Psych's `ScalarScanner` and `ToRuby`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from homeport.errors import FileFault
from homeport.pipeline.travis.messages import Level, Mark, Messages
from homeport.pipeline.travis.tree import Listing, Table

MAX_BYTES = 1_000_000
MAX_NODES = 20_000  # of the tree, aliases written out: the largest real file has some 1,200
MAX_DEPTH = 50

# libyaml where PyYAML was built with it: 20 times as fast.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_KEPT = re.compile(r"yes|no|on|off")
_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_,]+|0|[1-9][0-9_,]*)")
_INDENT = re.compile("^\u00a0+", re.MULTILINE)
_NULLS = {"", "~", "null", "Null", "NULL"}


def load(text: str, messages: Messages) -> Table:
    """The tree of a file's first document; an empty Table for an empty file.

    Raises:
        FileFault: it is larger than 1 MB, no YAML, no mapping, or expands beyond all bounds.
    """
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        hint = "keep data in files of their own, and scripts in the repository"
        raise FileFault("is larger than 1 MB", file=messages.file, hint=hint)
    root = _read(_prepared(text), messages)
    if root is None:
        return Table()
    if not isinstance(root, Table):
        kind = "list" if isinstance(root, Listing) else "text"
        hint = "write keys, such as `language: python`"
        raise FileFault(
            f"is a {kind} where keys are wanted", file=messages.file, line=1, column=1, hint=hint
        )
    return root


def _prepared(text: str) -> str:
    """As Travis prepares it: no byte order mark, indented by spaces, and without a last newline.

    A block at the end of the file has none then, either.
    """
    text = text.removeprefix("\ufeff").rstrip()
    return _INDENT.sub(lambda found: " " * len(found[0]), text)


def _read(text: str, messages: Messages) -> Any:
    try:
        events = yaml.parse(text, Loader=_LOADER)
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                return _Composer(events, messages).node(next(events), 0)
    except (yaml.YAMLError, ValueError, IndexError) as error:
        raise _not_yaml(error, messages.file) from error
    return None


def _not_yaml(error: Exception, file: str) -> FileFault:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or str(error).splitlines()[0]
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    hint = "look for tabs, a missing space after `:`, and quotes that are not closed"
    return FileFault(f"is no YAML: {said}", file=file, line=line, column=column, hint=hint)


class _Composer:
    """Events to a tree: aliases share their anchor's object, and what they stand for is counted."""

    def __init__(self, events: Iterator[Any], messages: Messages) -> None:
        self._events, self._messages = events, messages
        # Each with the nodes that it stands for, and how deep they go.
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._open: set[str] = set()
        self._nodes = self._deepest = 0

    def node(self, event: Any, depth: int) -> Any:
        """The node that begins with an event."""
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        self._count(1, depth, event)
        return self._anchored(event, depth) if event.anchor else self._value(event, depth)

    def _anchored(self, event: Any, depth: int) -> Any:
        before, deepest, was_open = self._nodes, self._deepest, event.anchor in self._open
        self._deepest = depth
        self._open.add(event.anchor)
        value = self._value(event, depth)
        self._anchors[event.anchor] = value, self._nodes - before + 1, self._deepest - depth
        if not was_open:
            self._open.discard(event.anchor)
        self._deepest = max(self._deepest, deepest)
        return value

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return resolve(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listing(depth)
        return self._table(depth)

    def _listing(self, depth: int) -> Listing:
        found = Listing()
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self.node(event, depth + 1))
            found.marks.append(_mark(event))
        return found

    def _table(self, depth: int) -> Table:
        found, given = Table(), set[str]()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._fault("has a key that is no text", event)
            value = self.node(next(self._events), depth + 1)
            key = event.value.removeprefix(":") or event.value
            if key == "<<":
                _merge(found, value)
                continue
            if key in given:
                self._twice(key, event)
            given.add(key)
            found.put(key, value, _mark(event))
        return found

    def _alias(self, event: Any, depth: int) -> Any:
        if event.anchor in self._open:
            hint = "write the value out"
            raise self._fault(
                f"uses *{event.anchor} inside of &{event.anchor}: a cycle", event, hint
            )
        value, size, height = self._anchors.get(event.anchor, (None, 0, 0))
        if not size:
            self._messages.say(
                Level.WARNING,
                "unknown_alias",
                f"*{event.anchor} is an alias of nothing, and is read as no value",
                mark=_mark(event),
                field="",
                fix=f"give its value an anchor: &{event.anchor}",
            )
        self._count(size, depth + height, event)
        return value

    def _twice(self, key: str, event: Any) -> None:
        self._messages.say(
            Level.WARNING,
            "duplicate_key",
            f"{key} is given twice: the last one counts",
            mark=_mark(event),
            field=key,
            fix="remove the one that is not meant",
        )

    def _count(self, size: int, depth: int, event: Any) -> None:
        self._nodes += size
        self._deepest = max(self._deepest, depth)
        if depth > MAX_DEPTH:
            raise self._fault(f"is nested more than {MAX_DEPTH} deep", event)
        if self._nodes > MAX_NODES:
            raise self._fault(
                f"expands to more than {MAX_NODES} values: a YAML bomb",
                event,
                "use fewer aliases of aliases",
            )

    def _fault(self, text: str, event: Any, hint: str = "") -> FileFault:
        line, column = _mark(event)
        return FileFault(text, file=self._messages.file, line=line, column=column, hint=hint)


def _mark(event: Any) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _merge(into: Table, value: Any) -> None:
    """`<<`: what is merged overrides the keys before it, and those after override it, as Psych."""
    tables = reversed(value) if isinstance(value, list) else [value]
    for table in tables:
        if isinstance(table, Table):
            for key, item in table.items():
                into.put(key, item, table.mark(key))


def resolve(text: str) -> Any:
    """A plain scalar: None, true, false and whole numbers; else text, `3.10` and `on` as well."""
    if text in _NULLS:
        return None
    if text[0] == ":" and len(text) > 1:
        return text[1:].strip("\"'")
    if _KEPT.search(text):
        return text
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return _integer(text) if text[0] in "+-0123456789" and _INTEGER.fullmatch(text) else text


def _integer(text: str) -> Any:
    digits = text.replace("_", "").replace(",", "")
    sign, digits = (-1, digits[1:]) if digits[0] == "-" else (1, digits.removeprefix("+"))
    base = {"0b": 2, "0x": 16}.get(digits[:2], 8 if len(digits) > 1 and digits[0] == "0" else 10)
    try:
        return sign * int(digits, base)
    except ValueError:  # `0x_`, and more digits than Python converts
        return text
