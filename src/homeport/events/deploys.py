"""A release becomes live: each step of the plan, and what came of it."""

from __future__ import annotations

from homeport.events.base import Event


class ReleaseMade(Event, frozen=True, kw_only=True):
    """A release was made: commit, images and resolved stack, which never change."""

    number: int
    commit: str


class DeploymentStarted(Event, frozen=True, kw_only=True):
    """An attempt to make a release live began. `direction`: forward or back."""

    release: int
    direction: str


class ActionStarted(Event, frozen=True, kw_only=True):
    """A step of a plan began."""

    project: str
    number: int
    subject: str
    action: str
    target: str
    why: str


class ActionDone(Event, frozen=True, kw_only=True):
    """A step of a plan ended well."""

    project: str
    number: int
    subject: str
    action: str
    target: str
    seconds: float


class ActionFailed(Event, frozen=True, kw_only=True):
    """A step of a plan failed."""

    project: str
    number: int
    subject: str
    action: str
    target: str
    reason: str
    hint: str = ""


class WentLive(Event, frozen=True, kw_only=True):
    """The proxy answers from this release for all of the stack's hosts."""

    release: int
    urls: tuple[str, ...]
    seconds: float  # since the push came in


class DeploymentFinished(Event, frozen=True, kw_only=True):
    """The attempt ended, drains included. `state`: live, failed, back."""

    release: int
    state: str
    seconds: float


class TakenBack(Event, frozen=True, kw_only=True):
    """A release that is live turned out worse than the one before: it goes back to `to`."""

    release: int
    to: int
    reason: str
