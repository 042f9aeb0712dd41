"""Who is answered before nginx has read of them. Pure.

A reload takes longer the more hosts there are. Until it is done, a flag lets nginx ask where to go
on: for a name that it does not know, and for a location that had nobody when it read of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from homeport.model.wish import Options, Protocol
from homeport.proxy.dropin.model import Host

# Seconds for which a flag stays when nginx has read of the host: workers that it retires take a
# request more on each connection that is kept open.
_STAYS = 10.0
_NAME = re.compile(r"[a-z0-9._-]{1,240}")
_SITE = re.compile(r"[A-Za-z0-9*._-]{1,240}")


class Arrivals:
    """The flags that stand."""

    def __init__(self, defaults: Options) -> None:
        """`defaults`: how a host is served that says nothing of it."""
        self._defaults = defaults
        self._raised: dict[str, tuple[str, float]] = {}  # flag -> its host, and until when

    def flags(self, hosts: Iterable[Host], read: Mapping[str, Host], now: float) -> set[str]:
        """Their names: `http.HOST` for whoever asks nginx for a name that it does not know.

        `site.SITE` lets in who asks for a location that had nobody.

        Args:
            hosts: as the containers ask for them now.
            read: as nginx has read them last, by name.
            now: of a clock that only goes on.
        """
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
        if known is None and self._is_plain(host):
            yield f"http.{host.host}"
        if known is None or _are_alike(known, host):
            closed = {at.hold for at in known.locations if not at.upstream.servers} if known else ()
            for at in host.locations:
                fits = at.upstream.servers and (known is None or at.hold in closed)
                if fits and _SITE.fullmatch(at.hold):
                    yield f"site.{at.hold}"

    def _is_plain(self, host: Host) -> bool:
        """Whether it is served as names are that nginx does not know: nothing of it is its own."""
        if len(host.locations) != 1 or not _NAME.fullmatch(host.host):
            return False
        at = host.locations[0]
        own = host.include, host.default, at.include, at.override, at.htpasswd, at.internal
        return (
            not any(own)
            and at.hold == host.host
            and at.path == "/"
            and at.proto is Protocol.HTTP
            and bool(at.upstream.servers)
            and host.http
            and not (host.tls and host.tls.redirect)
            and host.options == self._defaults
            and not host.options.external_http_port
            and not host.options.debug_endpoint
        )


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
