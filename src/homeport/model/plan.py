"""A Plan: what will be done, in which order, and why. Deciding makes it; executing walks it.

Actions are Structs, since so many dataclasses would cost each command 5 ms to define; so are the
other nouns of a rollout, at 0.5 ms each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from homeport.model.stack import GivenFile


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One engine call, or one wait for something that can be observed.

    `target` names the object by a name that the planner chose, never by an id that an earlier
    action returned, so that actions can run in parallel and a plan can be compared as text.
    """

    target: str
    # Whether it is ended once it has begun: a call that makes something goes on in the Engine, and
    # what it makes would stand there after everybody had looked.
    whole: ClassVar[bool] = False

    def __str__(self) -> str:
        return self.target


class PullImage(Action, frozen=True, kw_only=True):
    """Pull image `target` from its registry."""


class CreateNetwork(Action, frozen=True, kw_only=True):
    """Create network `target`; `body` is what the Engine is sent.

    `optional`: where the Engine cannot, all goes on without it.
    """

    whole = True

    body: Mapping[str, Any]
    optional: bool = False


class JoinNetwork(Action, frozen=True, kw_only=True):
    """Let container `target` join one more network, with these EndpointSettings."""

    whole = True

    network: str
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.target} + {self.network}"


class RemoveNetwork(Action, frozen=True, kw_only=True):
    """Remove network `target`, after disconnecting the proxy from it."""


class CreateVolume(Action, frozen=True, kw_only=True):
    """Create volume `target`; `body` is what the Engine is sent."""

    whole = True

    body: Mapping[str, Any]


class RemoveVolume(Action, frozen=True, kw_only=True):
    """Remove volume `target` and what is in it."""


class CreateContainer(Action, frozen=True, kw_only=True):
    """Create container `target`.

    `networks` are those to connect before it starts: Engines below API 1.44 create a container on
    one network only.
    """

    whole = True

    body: Mapping[str, Any]
    networks: Mapping[str, Mapping[str, Any]] = msgspec.field(default_factory=dict)
    platform: str = ""
    hashed: str = ""  # what Compose hashes, once it has the ids of those that it shares with
    shares: Mapping[str, str] = msgspec.field(default_factory=dict)  # service -> its container


class GiveFiles(Action, frozen=True, kw_only=True):
    """Write files into container `target`, which has not started yet."""

    whole = True

    files: tuple[GivenFile, ...]


class StartContainer(Action, frozen=True, kw_only=True):
    """Start container `target`."""

    whole = True


class AwaitHealthy(Action, frozen=True, kw_only=True):
    """Wait until `target` is healthy, or its port accepts; fail as soon as it exits.

    `port` is where it must accept if it has no healthcheck; 0: where its image says, if it is
    `routed`; else running is enough. `seconds` is the deadline. `checked`: others wait for its
    health, so it must have a healthcheck. `may_end`: it may have done its work by then, well.
    """

    seconds: float
    checked: bool = False
    may_end: bool = False
    port: int = 0
    routed: bool = False


class AwaitCompleted(Action, frozen=True, kw_only=True):
    """Wait until `target` has exited with status 0."""

    seconds: float


class Delay(Action, frozen=True, kw_only=True):
    """Let `seconds` pass before more of service `target` is replaced."""

    seconds: float


class RenameContainer(Action, frozen=True, kw_only=True):
    """Give container `target` the name `to`. The switch is a rename."""

    whole = True

    to: str

    def __str__(self) -> str:
        return f"{self.target} -> {self.to}"


class AwaitRouted(Action, frozen=True, kw_only=True):
    """Wait until the proxy answers from container `target` for all of its hosts.

    And no longer from those that it is there `instead_of`.
    """

    seconds: float
    instead_of: tuple[str, ...] = ()


class Drain(Action, frozen=True, kw_only=True):
    """Wait until the proxy has no request in flight to `target`, at most `seconds`."""

    seconds: float


class StayStopped(Action, frozen=True, kw_only=True):
    """Let `target`, once it has stopped, stay so also when the Engine is started again.

    Else a power cut gives its state two users: it and its successor, which both start always.
    """

    whole = True


class StopContainer(Action, frozen=True, kw_only=True):
    """Send `target` its stop signal, and kill it after `grace` seconds; None: its own."""

    grace: int | None


class RemoveContainer(Action, frozen=True, kw_only=True):
    """Remove container `target`; what is in its anonymous volumes too if `volumes`."""

    volumes: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """An action in its place: what it is part of, what it waits for, and why it is done."""

    number: int
    after: tuple[int, ...]
    subject: str  # service:web, network:default, volume:data
    action: Action
    why: str

    @property
    def cells(self) -> tuple[str, ...]:
        """It as the columns of a table."""
        after = "[" + ",".join(map(str, self.after)) + "]"
        what = (self.subject, type(self.action).__name__, str(self.action), self.why)
        return (f"{after:<6} -> #{self.number:<3}", *what)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one service, in a line."""

    key: str  # the service
    action: str  # create, replace, start, scale, remove
    old: str = ""  # an image's id, or the digest of a configuration, both short
    new: str = ""
    order: str = ""  # start-first or stop-first
    order_why: str = ""
    why: str = ""

    def __str__(self) -> str:
        move = f"{self.old} -> {self.new}" if self.old and self.new else self.new or self.old
        order = f"{self.order} ({self.order_why})" if self.order else ""
        return "  ".join(part for part in (self.key, self.action, move, order, self.why) if part)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in topological order; `warnings` are what a person should know beside them."""

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        rows = [step.cells for step in self.steps]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        pad = (map(str.ljust, row, widths) for row in rows)
        return "\n".join(" ".join(cells).rstrip() for cells in pad)

    def __bool__(self) -> bool:
        return bool(self.steps)

    def as_data(self) -> list[dict[str, Any]]:
        """The steps, for --json; without the bodies, which may hold secrets."""
        return [
            {
                "number": step.number,
                "after": list(step.after),
                "subject": step.subject,
                "action": type(step.action).__name__,
                "target": step.action.target,
                "why": step.why,
            }
            for step in self.steps
        ]
