"""Who is answered before nginx has read of them. Pure.

A reload takes longer the more hosts there are. Until it is done, a flag lets nginx ask where to go
on: for a name that it does not know, and for a location that had nobody when it read of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from homeport.model.wish import Options
from homeport.proxy.dropin.doors import Doors
from homeport.proxy.dropin.model import Host
from homeport.proxy.dropin.opening import SITE, schemes

# Seconds for which a flag stays when nginx has read of the host: workers that it retires take a
# request more on each connection that is kept open.
_STAYS = 10.0
# By https they come to a door; who is let in at the default certificate has not seen the host's.
_KINDS = {"http": "http", "https": "door"}
_NONE: Doors = {}


class Arrivals:
    """The flags that stand."""

    def __init__(self, defaults: Options) -> None:
        """`defaults`: how a host is served that says nothing of it."""
        self._defaults = defaults
        self._doors: Doors = {}
        self._raised: dict[str, tuple[str, float]] = {}  # flag -> its host, and until when

    def flags(
        self, hosts: Iterable[Host], read: Mapping[str, Host], now: float, doors: Doors = _NONE
    ) -> set[str]:
        """Their names: `http.HOST` for whoever asks nginx for a name that it does not know.

        `door.HOST` for who does by https.

        `site.SITE` lets in who asks for a location that had nobody.

        Args:
            hosts: as the containers ask for them now.
            read: as nginx has read them last, by name.
            now: of a clock that only goes on.
            doors: how a handshake is answered where nginx knows no host.
        """
        self._doors = doors
        every = {host.host: host for host in hosts}
        for host in every.values():
            known = read.get(host.host)
            if known is not host:
                self._raise(host, self._of(host, known), now)
        self._lower(every, now)
        return set(self._raised)

    def _raise(self, host: Host, flags: Iterable[str], now: float) -> None:
        for flag in flags:
            self._raised[flag] = host.host, now + _STAYS

    def _lower(self, every: Mapping[str, Host], now: float) -> None:
        for flag, (name, until) in list(self._raised.items()):
            host = every.get(name)
            if until <= now or host is None or flag not in self._of(host, None):
                del self._raised[flag]

    def _of(self, host: Host, known: Host | None) -> Iterator[str]:
        if known is None:
            found = schemes(host, self._defaults, self._doors)
            yield from (f"{_KINDS[scheme]}.{host.host}" for scheme in found)
        if known is None or _are_alike(known, host):
            closed = {at.hold for at in known.locations if not at.upstream.servers} if known else ()
            for at in host.locations:
                fits = at.upstream.servers and (known is None or at.hold in closed)
                if fits and SITE.fullmatch(at.hold):
                    yield f"site.{at.hold}"


def _are_alike(known: Host, host: Host) -> bool:
    """Whether all is the same but who answers, and why there is no certificate: a comment."""
    return not known.fault and _nobodys(known) == _nobodys(host)


def _nobodys(host: Host) -> Host:
    bare = (
        replace(at, upstream=replace(at.upstream, servers=(), comments=(), keepalive=0), held=False)
        for at in host.locations
    )
    tls = replace(host.tls, why_not="") if host.tls else None
    return replace(host, locations=tuple(bare), debug="", tls=tls)
