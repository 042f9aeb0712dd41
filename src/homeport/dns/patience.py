"""When a provider is asked again. Pure: the clock is an argument."""

from __future__ import annotations

import msgspec

_FIRST, _LONGEST = 10.0, 3600.0  # seconds
NEVER = float("inf")


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a zone, across restarts. `config`: a digest of its settings."""

    config: str = ""
    failures: int = 0
    not_before: float = 0.0  # seconds since the epoch
    stopped: bool = False  # until the configuration is another one
    reason: str = ""


def due_at(patience: Patience, config: str, now: float) -> float:
    """When the zone may be asked; NEVER after it was refused. A clock that jumped back counts."""
    if patience.config != config:
        return now
    if patience.stopped:
        return NEVER
    return min(patience.not_before, now + _LONGEST)


def after_failure(
    patience: Patience, config: str, reason: str, now: float, *, wait: float = 0.0
) -> Patience:
    """The pause doubles; `wait` (Retry-After) is a least one, of at most an hour."""
    failures = patience.failures + 1 if patience.config == config else 1
    pause = min(_FIRST * 2.0 ** min(failures - 1, 20), _LONGEST)
    until = now + min(max(pause, wait), _LONGEST)
    return Patience(config=config, failures=failures, not_before=until, reason=reason)


def after_refusal(config: str, reason: str) -> Patience:
    """Nobody asks again with the same credentials: that leads to bans."""
    return Patience(config=config, failures=1, stopped=True, reason=reason)
