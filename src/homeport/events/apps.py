"""What people change: apps, their remotes and hooks, and who may do what."""

from __future__ import annotations

from homeport.events.base import Event


class AppCreated(Event, frozen=True, kw_only=True):
    """An app was created."""


class AppChanged(Event, frozen=True, kw_only=True):
    """A setting of an app changed: its name only, since a value may be a secret."""

    setting: str


class AppRemoved(Event, frozen=True, kw_only=True):
    """An app was removed, with its containers and its repository."""


class RemoteMoved(Event, frozen=True, kw_only=True):
    """A branch or a tag of the app's remote moved. `commit` "": it is gone."""

    ref: str
    commit: str
    by: str  # who pushed it, as the forge says, or what found it


class RemoteLost(Event, frozen=True, kw_only=True):
    """The app's remote cannot be fetched from; told once, until it can be again."""

    reason: str
    hint: str = ""


class RemoteBack(Event, frozen=True, kw_only=True):
    """The app's remote answers again."""


class HookRefused(Event, frozen=True, kw_only=True):
    """A webhook was not taken; the same reason is told once an hour."""

    forge: str
    reason: str


class HookMade(Event, frozen=True, kw_only=True):
    """The app's hook has a new secret; one that it had before is good no more."""


class StatusLost(Event, frozen=True, kw_only=True):
    """What became of a run could not be told to the forge; the run is as it is."""

    reason: str
    hint: str = ""


class SecretChanged(Event, frozen=True, kw_only=True):
    """A secret of an app was set, or taken away: its name only."""

    name: str


class KeyAdded(Event, frozen=True, kw_only=True):
    """A key may push and fetch over SSH from now on."""

    name: str
    fingerprint: str


class KeyRemoved(Event, frozen=True, kw_only=True):
    """A key is good for nothing any more."""

    name: str


class TokenCreated(Event, frozen=True, kw_only=True):
    """A token was created."""

    name: str


class TokenRevoked(Event, frozen=True, kw_only=True):
    """A token was revoked."""

    name: str
