"""What every event is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `app` is "" where it concerns no app, `run` 0 where no run."""

    app: str = ""
    run: int = 0


Record = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event with its place in history. `id` is the SSE Last-Event-ID."""

    id: int
    at: float
    event: Event
