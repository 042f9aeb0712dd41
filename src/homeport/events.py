"""Everything that happens, as typed events.

`record(event)` is the only way a status changes. The lines of a push, the CLI, the dashboard and
the audit log are renderings of these. An event carries names and numbers, never a secret, and
never output: output is a log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `app` is "" where it concerns no app, `run` 0 where no run."""

    app: str = ""
    run: int = 0


Record = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCreated(Event):
    """An app was created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppChanged(Event):
    """A setting of an app changed: its name only, since a value may be a secret."""

    setting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRemoved(Event):
    """An app was removed, with its containers and its repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQueued(Event):
    """A push, a deploy or a retry asks for a run. `kind`: push, deploy, retry, rollback, scale."""

    kind: str
    ref: str
    commit: str
    by: str = ""  # the token's name, or the local user
    release: int = 0  # the release to go to, for a rollback


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The run was taken from the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """The run ended. `state`: live, passed, failed, cancelled, superseded, interrupted."""

    state: str
    reason: str = ""
    hint: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted(Event):
    """A stage of a run began: check out, build, release, roll out."""

    stage: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFinished(Event):
    """A stage of a run ended well."""

    stage: str
    seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something a person should know, and that stops nothing."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBuilt(Event):
    """An image was built. `cached` of `steps` came from the layer cache."""

    service: str
    image: str
    image_id: str
    seconds: float
    steps: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseMade(Event):
    """A release was made: commit, images and resolved stack, which never change."""

    number: int
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStarted(Event):
    """An attempt to make a release live began. `direction`: forward or back."""

    release: int
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStarted(Event):
    """A step of a plan began."""

    project: str
    number: int
    subject: str
    action: str
    target: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDone(Event):
    """A step of a plan ended well."""

    project: str
    number: int
    subject: str
    action: str
    target: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFailed(Event):
    """A step of a plan failed."""

    project: str
    number: int
    subject: str
    action: str
    target: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WentLive(Event):
    """The proxy answers from this release for all of the stack's hosts."""

    release: int
    urls: tuple[str, ...]
    seconds: float  # since the push came in


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFinished(Event):
    """The attempt ended, drains included. `state`: live, failed, back."""

    release: int
    state: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLive(Event):
    """The proxy took a new generation in which `host` is served by `upstreams`."""

    host: str
    upstreams: tuple[str, ...]
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteGone(Event):
    """The proxy no longer serves `host`."""

    host: str
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRefused(Event):
    """A container's wish for a route was refused; the others are served."""

    container: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRefused(Event):
    """nginx did not take a configuration; the last good one serves."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStarted(Event):
    """The daemon started."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStopped(Event):
    """The daemon was told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLost(Event):
    """The Docker Engine stopped answering."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineBack(Event):
    """The Docker Engine answers again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFailed(Event):
    """A loop of the daemon failed, and is started again after `again_in` seconds."""

    loop: str
    reason: str
    again_in: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCreated(Event):
    """A token was created."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Event):
    """A token was revoked."""

    name: str


def _subclasses(kind: type[Event]) -> dict[str, type[Event]]:
    return {sub.__name__: sub for sub in kind.__subclasses__()}


KINDS: dict[str, type[Event]] = _subclasses(Event)
