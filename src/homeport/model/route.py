"""Routes: which host and path is answered by which containers."""

from __future__ import annotations

from dataclasses import dataclass

from homeport.model.rules import Canary, Rules
from homeport.model.tls import DEFAULT_TERMS, Terms
from homeport.model.wish import Protocol


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Upstream:
    """One address that answers. `container` is its name, for people."""

    address: str  # IPv4, or IPv6 without brackets, or unix:/path
    port: int
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the containers of a route are spoken to."""

    proto: Protocol = Protocol.HTTP
    dest: str = ""  # what stands in the place of the path; "" leaves it
    root: str = "/var/www/public"  # where the files of FastCGI programs are
    balance: str = ""  # a directive of nginx's; "": each in its turn
    keepalive: int = 32  # idle connections that a worker keeps
    internal: bool = False  # whether private addresses alone may ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What the box's owner adds, by the digest of its content; "" for nothing."""

    server: str = ""  # directives for the whole host
    location: str = ""  # for this path
    override: str = ""  # what stands in the place of this path's location
    users: str = ""  # those who may pass, as `htpasswd` writes them


DEFAULT_MANNER, NO_RULES, NO_FILES = Manner(), Rules(), Files()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Host and path, and who answers. No upstream is a 503 with a reason."""

    host: str
    path: str = "/"
    upstreams: tuple[Upstream, ...] = ()
    owner: str = ""  # the project, or the container's name where it has none
    why_not: tuple[str, ...] = ()  # a reason for each container that is not among the upstreams
    hold: float = 0.0  # seconds that a request waits for somebody to answer; 0: the default
    dns: str = ""  # of its records: "off", or `PROVIDER:ZONE`; "": where the host fits
    awaited: bool = False  # whether one is on its way: it is restarted, or has a successor
    boots: bool = False  # whether one runs that is not ready yet
    held: bool = False  # whether its requests are held, where nobody answers
    kept_alive: bool = True  # whether connections to the upstreams are kept for the next request
    terms: Terms = DEFAULT_TERMS  # of its host: the same for each of its paths
    manner: Manner = DEFAULT_MANNER
    rules: Rules = NO_RULES  # `x-homeport.route`
    files: Files = NO_FILES
    canaries: tuple[Upstream, ...] = ()  # who gets some of the requests, by `canary`
    canary: Canary | None = None
    leads_to: str = ""  # the host that this one leads to, which nobody answers then

    @property
    def answering(self) -> tuple[Upstream, ...]:
        """Everybody who gets requests."""
        return (*self.upstreams, *self.canaries)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.host, self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A container's wish that is not carried out, and why; the others are served."""

    container: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """All that the proxy serves."""

    routes: tuple[Route, ...] = ()
    refusals: tuple[Refusal, ...] = ()
