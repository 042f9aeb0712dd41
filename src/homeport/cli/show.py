"""Tables, ages and JSON: stdout is data, and readable without colour."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Data on stdout, as JSON.")


def data(found: Any) -> None:
    """Print data for a program."""
    click.echo(json.dumps(found, indent=2))


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, nothing: str) -> None:
    """Print aligned columns; one sentence where there are none."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        click.echo(nothing, err=True)
        return
    lines = [list(head), *cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def age(moment: str) -> str:
    """`3m ago`, from a time in RFC 3339; `-` for none."""
    if not moment:
        return "-"
    seconds = int(time.time() - datetime.fromisoformat(moment).timestamp())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit} ago"
    return f"{max(seconds, 0)}s ago"


def megabytes(size: int) -> str:
    """`12.3 MB`, from bytes; as docker counts them, in thousands."""
    for unit, digits in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {digits}"
    return f"{size} B"


def mebibytes(size: int) -> str:
    """`52 MB`, from bytes."""
    return f"{size / 2**20:.0f} MB"
