"""What the API works with: handed in whole by the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from starlette.requests import Request

from homeport.delivery.standalone import Wanted
from homeport.dns.model import Addresses
from homeport.engine.docker import Docker
from homeport.errors import Denied
from homeport.events import DiskFreed
from homeport.model.app import App, Run
from homeport.model.pull import PullRequest
from homeport.proxy.seen import Observation
from homeport.registry.registry import Registry
from homeport.store.ledger import Store
from homeport.upkeep.disk import Usage


class Deliveries(Protocol):
    """What can be asked for; each answers with the number of a run that goes on by itself."""

    def push(self, app: App, ref: str, commit: str, by: str) -> int:
        """A push to the deploy branch."""

    def build(self, app: App, ref: str, commit: str, by: str) -> int:
        """A push to a branch or a tag that does not go live."""

    def pull(self, app: App, ref: str, commit: str, by: str, pull: PullRequest) -> int:
        """A pull request, whose jobs run."""

    def approve(self, run: Run, by: str) -> None:
        """Let a pull request of a fork run."""

    def deploy(self, app: App, ref: str, commit: str, by: str) -> int:
        """Deploy a commit that is here already."""

    def retry(self, run: Run, by: str) -> int:
        """Try a run again, from the start."""

    def rollback(self, app: App, to: int, by: str) -> int:
        """Go to a kept release; 0 is the one that was live before."""

    def scale(self, app: App, counts: dict[str, int], by: str) -> int:
        """Change how many replicas services have."""

    def cancel(self, run: Run) -> None:
        """End a run; what is live stays live."""


class Moved(Protocol):
    """What a look at a remote found."""

    @property
    def refs(self) -> tuple[str, ...]:
        """What moved."""

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs that were queued for it."""


class Remotes(Protocol):
    """Who looks at the remotes of apps."""

    def look(self, app: str, by: str) -> asyncio.Task[Moved]:
        """Look now; it goes on whoever waits."""

    def changed(self, app: str) -> None:
        """The remote of an app is another one."""


class Records(Protocol):
    """Who keeps the records of the box's zones."""

    def report(self, addresses: Addresses, source: str) -> bool:
        """An address of the box became known; whether it is another one."""


class Certificates(Protocol):
    """Who keeps the certificates of all that is routed."""

    def listed(self) -> list[dict[str, Any]]:
        """Every certificate that is wanted or there."""

    def renew(self, host: str) -> tuple[str, ...]:
        """Renew that of a host now; its names."""

    async def revoke(self, host: str, reason: int) -> tuple[str, ...]:
        """Revoke that of a host; its names."""


class Governor(Protocol):
    """Who sees to it that images, cache and registry stay within their budget."""

    async def usage(self) -> Usage:
        """What they take now."""

    async def tidy(self) -> DiskFreed:
        """Take away what nobody needs."""


class Stacks(Protocol):
    """Stacks without an app. What goes on comes as messages; the last says how it ended."""

    async def plan(self, wanted: Wanted) -> dict[str, Any]:
        """What `up` would do."""

    def up(self, wanted: Wanted) -> AsyncIterator[dict[str, Any]]:
        """Make it so."""

    def down(self, project: str, *, volumes: bool) -> AsyncIterator[dict[str, Any]]:
        """Take a project away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The store, the queue, the Engine, and what only the daemon knows."""

    store: Store
    deliveries: Deliveries
    stacks: Stacks
    governor: Governor
    remotes: Remotes
    pull: Callable[[str, str, str, PullRequest], asyncio.Task[int]]  # fetch it, queue its run
    tag_moved: Callable[[], None]  # somebody pushed a tag to the registry of this box
    publishing: Callable[[int], asyncio.Event | None]  # set once a run's images are published
    docker: Docker
    registry: Registry | None
    repositories: Path
    scratch: Path  # for what a program needs while it runs
    hooks: Path
    max_push: int  # MiB
    local_socket: str  # requests on it need no token
    git_url: str
    elsewhere: str  # where other machines find homeport, "" for nowhere
    ssh: Callable[[], dict[str, str]]  # where git over SSH is served, and the host's fingerprint
    records: Records
    notified: int  # addresses that are told of what fails
    certificates: Certificates
    status: Callable[[], Awaitable[dict[str, Any]]]
    examine: Callable[[str], Awaitable[Observation]]  # a host that the proxy may serve
    metrics: Callable[[], Awaitable[str]]  # of the proxy, in Prometheus' text format
    remove: Callable[[App, bool], Awaitable[None]]  # an app, with its volumes or without
    stop: Callable[[bool], None]


def context_of(request: Request) -> Context:
    """The context of the application that a request came to."""
    return cast("Context", request.app.state.context)


def is_local(request: Request) -> bool:
    """Whether a request came over the socket that only this machine's owner may open."""
    server = request.scope.get("server") or ("", None)
    return bool(server[0] == context_of(request).local_socket)


def asked_by(request: Request) -> str:
    """Who asks: the token's name, or the local user."""
    return str(request.scope.get("homeport.by", "local"))


def only_local(request: Request) -> None:
    """Refuse what may not come over the network.

    Raises:
        Denied: it did.
    """
    if not is_local(request):
        raise Denied("this is answered on the local socket only")
