"""Hosts whose last container has gone: their visitors wait a while for a successor. Pure.

Somebody who recreates a container has it gone for seconds. What was served a moment ago is shown
without anybody to answer, and held, until one is there or the time is up.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from homeport.proxy.dropin.model import Host, Location

_GONE = ("its containers have gone: who asks waits for a successor",)


class Outages:
    """Remembers what was served, and since when it is not."""

    def __init__(self, hold: float) -> None:
        """`hold`: seconds that a visitor waits at most; 0 for not at all."""
        self._hold = hold
        self._last: dict[str, Host] = {}  # what was served or held
        self._served: set[str] = set()  # the names of the upstreams that had servers
        self._until: dict[str, float] = {}

    def shown(self, hosts: Iterable[Host], now: float) -> tuple[Host, ...]:
        """The hosts, with those that are waited for.

        Args:
            hosts: as the containers ask for them now.
            now: of a clock that only goes on.
        """
        every = {host.host: host for host in hosts}
        if self._hold:
            lost = {name: host for name, host in self._last.items() if name not in every}
            every |= {name: _without_containers(host) for name, host in lost.items()}
            marked = (self._marked(host, now) for host in every.values())
            every = {h.host: h for h in marked if h.host not in lost or _is_held(h)}
            self._remember(every.values(), now)
        return tuple(host for _, host in sorted(every.items()))

    def until(self, site: str) -> float:
        """How long nobody may answer at an upstream; 0 where it is not waited for."""
        return self._until.get(site, 0.0)

    def ends_in(self, now: float) -> float:
        """Seconds until the next is waited for no longer; 0 where none is."""
        return min((until - now for until in self._until.values() if until > now), default=0.0)

    def _marked(self, host: Host, now: float) -> Host:
        if all(location.upstream.servers for location in host.locations):
            return host
        locations = tuple(self._located(location, now) for location in host.locations)
        return host if locations == host.locations else replace(host, locations=locations)

    def _located(self, location: Location, now: float) -> Location:
        site = location.hold
        if location.upstream.servers or not site:
            return location
        if site in self._served:
            self._until[site] = now + self._hold
        return replace(location, held=self.until(site) > now)

    def _remember(self, hosts: Iterable[Host], now: float) -> None:
        located = [(host, location) for host in hosts for location in host.locations]
        self._served = {at.hold for _, at in located if at.hold and at.upstream.servers}
        self._last = {host.host: host for host, at in located if at.held or at.upstream.servers}
        ended = {site for site, until in self._until.items() if until <= now}
        for site in (ended | self._served) & set(self._until):
            del self._until[site]


def _without_containers(host: Host) -> Host:
    locations = []
    for location in host.locations:
        upstream = replace(location.upstream, servers=(), comments=_GONE, keepalive=0)
        locations.append(replace(location, upstream=upstream, held=False))
    return replace(host, locations=tuple(locations))


def _is_held(host: Host) -> bool:
    return any(location.held for location in host.locations)
