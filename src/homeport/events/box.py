"""The box itself: the daemon, the Engine, and who is told."""

from __future__ import annotations

from homeport.events.base import Event


class NotifyTried(Event, frozen=True, kw_only=True):
    """Somebody asked for a notification, to see whether it arrives."""

    by: str = ""


class NotifyLost(Event, frozen=True, kw_only=True):
    """A notification did not arrive; told once for each reason. `number`: of the address."""

    number: int
    reason: str


class DaemonStarted(Event, frozen=True, kw_only=True):
    """The daemon started."""

    version: str


class DaemonStopped(Event, frozen=True, kw_only=True):
    """The daemon was told to stop."""


class EngineLost(Event, frozen=True, kw_only=True):
    """The Docker Engine stopped answering."""

    reason: str


class EngineBack(Event, frozen=True, kw_only=True):
    """The Docker Engine answers again."""


class LoopFailed(Event, frozen=True, kw_only=True):
    """A loop of the daemon failed, and is started again after `again_in` seconds."""

    loop: str
    reason: str
    again_in: float
