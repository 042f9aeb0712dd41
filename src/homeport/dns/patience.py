"""When a provider is asked again. Pure: the clock is an argument."""

from __future__ import annotations

import msgspec

_FIRST, _LONGEST = 10.0, 3600.0  # seconds
_ASKED = 86_400.0  # seconds that a provider may ask to be left alone for
NEVER = float("inf")


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a zone, across restarts. `config`: a digest of its settings."""

    config: str = ""
    failures: int = 0
    not_before: float = 0.0  # seconds since the epoch
    since: float = 0.0  # when that was said
    stopped: bool = False  # until the configuration is another one
    reason: str = ""


def due_at(patience: Patience, config: str, now: float) -> float:
    """When the zone may be asked; NEVER after it was refused. A clock that jumped back counts."""
    if patience.config != config:
        return now
    if patience.stopped:
        return NEVER
    pause = max(0.0, patience.not_before - patience.since)
    return min(patience.not_before, now + min(pause, _ASKED))


def after_failure(
    patience: Patience,
    config: str,
    reason: str,
    now: float,
    *,
    wait: float = 0.0,
    jitter: float = 0.0,
) -> Patience:
    """The pause doubles, up to an hour; `wait` (Retry-After) is a least one, of at most a day.

    Args:
        patience: what was remembered.
        config: a digest of the zone's settings.
        reason: what went wrong.
        now: in seconds since the epoch.
        wait: seconds that the provider asked for.
        jitter: from 0 to 1, by chance: boxes that failed together do not come back together.
    """
    failures = patience.failures + 1 if patience.config == config else 1
    pause = min(_FIRST * 2.0 ** min(failures - 1, 20), _LONGEST)
    until = now + min(max(pause, wait), _ASKED) * (1 + jitter / 4)
    return Patience(config=config, failures=failures, not_before=until, since=now, reason=reason)


def after_refusal(config: str, reason: str) -> Patience:
    """Nobody asks again with the same credentials: that leads to bans."""
    return Patience(config=config, failures=1, stopped=True, reason=reason)
