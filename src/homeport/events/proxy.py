"""What the proxy serves, and what it does not take."""

from __future__ import annotations

from homeport.events.base import Event


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
