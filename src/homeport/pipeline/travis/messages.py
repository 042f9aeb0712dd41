"""What is said about a file: where, what, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

Mark = tuple[int, int]  # line and column, from 1; (0, 0) where they are not known
NOWHERE: Mark = (0, 0)


class Level(StrEnum):
    """How much it matters."""

    INFO = "info"  # read as it was meant
    WARNING = "warning"  # read, but probably not as it was meant
    ERROR = "error"  # left out: it cannot be


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is said about a file."""

    level: Level
    code: str
    file: str
    line: int  # from 1; 0 where it is not known
    column: int
    field: str  # `jobs.include.0.python`
    text: str
    fix: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        field = f" {self.field}:" if self.field else ""
        fix = f" ({self.fix})" if self.fix else ""
        return f"{place}: {self.level}:{field} {self.text}{fix}"


class Messages:
    """The messages of one file, each of them once, in the order of its lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[Message, None] = {}

    def say(
        self, level: Level, code: str, text: str, *, mark: Mark, field: str, fix: str = ""
    ) -> None:
        """Add one."""
        message = Message(
            level=level,
            code=code,
            file=self.file,
            line=mark[0],
            column=mark[1],
            field=field,
            text=text,
            fix=fix,
        )
        self._found.setdefault(message)

    def __iter__(self) -> Iterator[Message]:
        return iter(sorted(self._found, key=lambda message: (message.line, message.column)))
