"""Measurements of several candidates as a table in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Rounds = Mapping[str, Sequence[Mapping[str, float]]]


@dataclass(frozen=True, slots=True)
class Column:
    """One measure: its key in a round, and what stands above it."""

    key: str
    title: str
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A candidate a row, medians of all rounds."""

    title: str
    columns: tuple[Column, ...]
    rounds: Rounds

    def values(self) -> dict[str, dict[str, float]]:
        """The medians by candidate and measure."""
        return {
            name: {column.key: _median(rounds, column.key) for column in self.columns}
            for name, rounds in self.rounds.items()
        }

    def __str__(self) -> str:
        head = ["", *(column.title for column in self.columns)]
        lines = [_line(head), "|---|" + "---:|" * len(self.columns)]
        for name, measures in self.values().items():
            lines.append(_line([name, *(_cell(measures, column) for column in self.columns)]))
        return "\n".join([f"**{self.title}**", "", *lines])


def _median(rounds: Sequence[Mapping[str, float]], key: str) -> float:
    return statistics.median(one[key] for one in rounds)


def _cell(measures: Mapping[str, float], column: Column) -> str:
    return f"{measures[column.key]:.{column.digits}f}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
