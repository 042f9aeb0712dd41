"""What every event is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `app` is "" where it concerns no app, `run` 0 where no run."""

    app: str = ""
    run: int = 0


Record = Callable[[Event], None]
