"""Routes: which host and path is answered by which containers."""

from __future__ import annotations

from dataclasses import dataclass

from homeport.model.tls import DEFAULT_TERMS, Terms


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Upstream:
    """One address that answers. `container` is its name, for people."""

    address: str  # IPv4, or IPv6 without brackets, or unix:/path
    port: int
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Host and path, and who answers. No upstream is a 503 with a reason."""

    host: str
    path: str = "/"
    upstreams: tuple[Upstream, ...] = ()
    owner: str = ""  # the project, or the container's name where it has none
    why_not: tuple[str, ...] = ()  # a reason for each container that is not among the upstreams
    hold: float = 0.0  # seconds that a request waits for somebody to answer; 0: the default
    awaited: bool = False  # whether one is on its way: it is restarted, or has a successor
    boots: bool = False  # whether one runs that is not ready yet
    held: bool = False  # whether its requests are held, where nobody answers
    kept_alive: bool = True  # whether connections to the upstreams are kept for the next request
    terms: Terms = DEFAULT_TERMS  # of its host: the same for each of its paths

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
