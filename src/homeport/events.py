"""Everything that happens, as typed events.

`record(event)` is the only way a status changes. The lines of a push, the CLI, the dashboard and
the audit log are renderings of these. An event carries names and numbers, never a secret, and
never output: output is a log. They are stored and sent as JSON, so they are Structs, not
dataclasses; forty of those would also cost each command 10 ms to define.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from homeport.model.app import PullRequest


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `app` is "" where it concerns no app, `run` 0 where no run."""

    app: str = ""
    run: int = 0


Record = Callable[[Event], None]


class AppCreated(Event, frozen=True, kw_only=True):
    """An app was created."""


class AppChanged(Event, frozen=True, kw_only=True):
    """A setting of an app changed: its name only, since a value may be a secret."""

    setting: str


class AppRemoved(Event, frozen=True, kw_only=True):
    """An app was removed, with its containers and its repository."""


class RunQueued(Event, frozen=True, kw_only=True):
    """A push, a deploy or a retry asks for a run.

    `kind`: push, deploy, rollback, scale; build, for a push that does not go live; watch, where the
    image of another registry moved; pull, for a pull request.
    """

    kind: str
    ref: str
    commit: str
    by: str = ""  # the token's name, or the local user
    release: int = 0  # the release to go to, for a rollback
    pull: PullRequest | None = None


class RunApproved(Event, frozen=True, kw_only=True):
    """Somebody looked at a pull request of a fork: its jobs may run."""

    by: str = ""


class RunStarted(Event, frozen=True, kw_only=True):
    """The run was taken from the queue."""


class RunFinished(Event, frozen=True, kw_only=True):
    """The run ended. `state`: live, passed, failed, cancelled, superseded, interrupted."""

    state: str
    reason: str = ""
    hint: str = ""
    seconds: float = 0.0


class StageStarted(Event, frozen=True, kw_only=True):
    """A stage of a run began: check out, build, release, roll out."""

    stage: str
    detail: str = ""


class StageFinished(Event, frozen=True, kw_only=True):
    """A stage of a run ended well."""

    stage: str
    seconds: float
    detail: str = ""


class Warned(Event, frozen=True, kw_only=True):
    """Something a person should know, and that stops nothing."""

    text: str


class ImageBuilt(Event, frozen=True, kw_only=True):
    """An image was built. `cached` of `steps` came from the layer cache."""

    service: str
    image: str
    image_id: str
    seconds: float
    steps: int = 0
    cached: int = 0


class BuildQueued(Event, frozen=True, kw_only=True):
    """Images of a commit are to be published. `build` is the number of the build."""

    build: int
    repository: str
    ref: str
    commit: str


class BuildStarted(Event, frozen=True, kw_only=True):
    """Images are built, checked and pushed, one platform after the other."""

    build: int
    repository: str
    tags: tuple[str, ...]
    platforms: tuple[str, ...]


class JobStarted(Event, frozen=True, kw_only=True):
    """A job of a pipeline runs. `why`: which cell of the matrix it is, or where it is included."""

    job: str  # 12.1
    name: str
    why: str


class JobFinished(Event, frozen=True, kw_only=True):
    """A job ended. `state`: passed, failed, errored, cancelled. `key`: of all that went into it."""

    job: str
    state: str
    reason: str
    seconds: float
    image: str = ""  # the id of what it ran in
    key: str = ""


class ImagePushed(Event, frozen=True, kw_only=True):
    """A tag names what was built: an index of all platforms, or the image of the only one."""

    build: int
    repository: str
    tag: str
    digest: str
    platforms: tuple[str, ...]


class BuildFinished(Event, frozen=True, kw_only=True):
    """The build ended. `state`: success, failed, cancelled. `reused`: nothing had changed."""

    build: int
    repository: str
    state: str
    reason: str = ""
    digest: str = ""
    seconds: float = 0.0
    reused: bool = False


class BaseMoved(Event, frozen=True, kw_only=True):
    """The tag of an image that an app is built from names another image now."""

    image: str
    digest: str
    rebuilds: bool  # whether the app is built again for it


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


class RouteLive(Event, frozen=True, kw_only=True):
    """The proxy took a new generation in which `host` is served by `upstreams`."""

    host: str
    upstreams: tuple[str, ...]
    generation: int


class RouteGone(Event, frozen=True, kw_only=True):
    """The proxy no longer serves `host`."""

    host: str
    generation: int


class RouteRefused(Event, frozen=True, kw_only=True):
    """A container's wish for a route was refused; the others are served."""

    container: str
    reason: str


class ProxyRefused(Event, frozen=True, kw_only=True):
    """nginx did not take a configuration; the last good one serves."""

    reason: str


class CertificateRefused(Event, frozen=True, kw_only=True):
    """A certificate cannot be used; its hosts alone are without one."""

    name: str  # of its files, without .crt
    reason: str


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


class DiskFreed(Event, frozen=True, kw_only=True):
    """What nobody needs any more was taken away. Bytes."""

    registry: int = 0
    cache: int = 0
    releases: int = 0  # how many are kept no longer


class DiskShort(Event, frozen=True, kw_only=True):
    """Images, cache and registry take more than the budget, and everything is needed. Bytes."""

    used: int
    budget: int


class RecordMade(Event, frozen=True, kw_only=True):
    """A host that is routed has its records now."""

    host: str
    values: tuple[str, ...]


class RecordChanged(Event, frozen=True, kw_only=True):
    """The records of a host were others: the address changed, or somebody else changed them."""

    host: str
    values: tuple[str, ...]
    why: str


class RecordRemoved(Event, frozen=True, kw_only=True):
    """The records of a host are gone, since its app is, or does not ask for the host any more."""

    host: str
    why: str = ""


class RecordLive(Event, frozen=True, kw_only=True):
    """The zone's own name servers answer with what was set."""

    host: str
    values: tuple[str, ...]
    servers: tuple[str, ...]
    seconds: float  # since it was set


class RecordLate(Event, frozen=True, kw_only=True):
    """The zone's own name servers do not answer yet with what was set; they were asked for long."""

    host: str
    reason: str
    hint: str = ""


class RecordFailed(Event, frozen=True, kw_only=True):
    """Records could not be brought up to date; told once for each reason. `host` "": the zone."""

    zone: str
    host: str
    reason: str
    hint: str = ""


class AddressChanged(Event, frozen=True, kw_only=True):
    """The box has other addresses than before. "": none of that family is known."""

    v4: str
    v6: str
    source: str  # what said so


class AddressUnknown(Event, frozen=True, kw_only=True):
    """Whoever should say the address says none; told once for each reason."""

    reason: str
    hint: str = ""


class NotifyTried(Event, frozen=True, kw_only=True):
    """Somebody asked for a notification, to see whether it arrives."""

    by: str = ""


class NotifyLost(Event, frozen=True, kw_only=True):
    """A notification did not arrive; told once for each reason. `number`: of the address."""

    number: int
    reason: str


class CertificateOrdered(Event, frozen=True, kw_only=True):
    """A certificate is being ordered: its names lead to this box, or are proved by DNS."""

    names: tuple[str, ...]
    why: str


class CertificateIssued(Event, frozen=True, kw_only=True):
    """A certificate came, and is kept. `until`: seconds since the epoch."""

    names: tuple[str, ...]
    until: float
    serial: str
    seconds: float  # since it was ordered


class CertificateFailed(Event, frozen=True, kw_only=True):
    """A certificate did not come, or is not answered with; what was there before serves.

    `step`: name (it does not lead here), account, order, challenge, certificate, https.
    """

    names: tuple[str, ...]
    step: str
    reason: str
    hint: str = ""
    again_in: float = 0.0  # seconds; 0 where nothing is tried again by itself


class CertificateRevoked(Event, frozen=True, kw_only=True):
    """A certificate was revoked; where one is wanted it serves until another is there."""

    names: tuple[str, ...]
    serial: str


class HttpsLive(Event, frozen=True, kw_only=True):
    """The proxy answers by https at these names, with a new certificate."""

    names: tuple[str, ...]
    seconds: float  # since it was ordered


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


def _subclasses(kind: type[Event]) -> dict[str, type[Event]]:
    return {sub.__name__: sub for sub in kind.__subclasses__()}


KINDS: dict[str, type[Event]] = _subclasses(Event)
