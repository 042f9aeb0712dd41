"""What of a host can be served before nginx has read of it: what needs no word of its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from homeport.model.wish import Options, Protocol
from homeport.proxy.dropin.doors import Doors, door_for, fits
from homeport.proxy.dropin.model import Host, Location

_NAME = re.compile(r"[a-z0-9._-]{1,240}")
SITE = re.compile(r"[A-Za-z0-9*._-]{1,240}")
# A path that nginx takes as it is written: nothing in it is decoded or merged.
_PATH = re.compile(r"(?=/)(/(?!\.)[A-Za-z0-9._~-]+)*/?")


def schemes(host: Host, defaults: Options, doors: Doors) -> Iterator[str]:
    """By which it can be asked: `http`, `https`.

    Args:
        host: as its containers ask for it.
        defaults: how a host is served that says nothing of it.
        doors: how a handshake is answered where nginx knows no host.
    """
    plain = bool(host.locations) and _NAME.fullmatch(host.host) and _is_usual(host, defaults)
    if plain and all(map(_is_plain, host.locations)) and any(map(_is_answered, host.locations)):
        if host.http and not (host.tls and host.tls.redirect):
            yield "http"
        if fits(door_for(host.host, doors), host.tls) and not host.options.http3:
            yield "https"


def opening(host: Host, scheme: str, uri: str, defaults: Options, doors: Doors) -> Location | None:
    """Who answers a request; None where nobody does before nginx has read of the host.

    Args:
        host: as its containers ask for it.
        scheme: of the request.
        uri: as the visitor wrote it.
        defaults: how a host is served that says nothing of it.
        doors: how a handshake is answered where nginx knows no host.
    """
    path = uri.partition("?")[0]
    if scheme not in schemes(host, defaults, doors):
        return None
    if len(host.locations) == 1 and host.locations[0].path == "/":
        return host.locations[0]
    if not _PATH.fullmatch(path):
        return None
    fitting = (at for at in host.locations if path.startswith(at.path))
    return max(fitting, key=lambda at: len(at.path), default=None)


def entry(at: Location) -> str:
    """In which of nginx's own locations `@live_...` a request goes on: each has its guard."""
    return "inside" if at.internal else "known" if at.htpasswd else "new"


def _is_usual(host: Host, defaults: Options) -> bool:
    own = host.include, host.default, host.fault, host.options.debug_endpoint
    ports = host.options.external_http_port, host.options.external_https_port
    return not any((*own, *ports)) and _elsewhere(host.options) == _elsewhere(defaults)


def _elsewhere(options: Options) -> Options:
    """Without what has become a host's `tls`, a location's `internal`, and the host's ports."""
    return replace(
        options,
        network_access=None,
        https_method=None,
        cert_name="",
        hsts="",
        ssl_policy="",
        http_on_missing_cert=None,
        trust_default_cert=None,
    )


def _is_plain(at: Location) -> bool:
    own = at.include, at.override, at.dest, at.htpasswd and at.internal
    return (
        not any(own)
        and at.match == at.path
        and bool(_PATH.fullmatch(at.path))
        and at.proto is Protocol.HTTP
        and bool(SITE.fullmatch(at.hold))
    )


def _is_answered(at: Location) -> bool:
    return bool(at.upstream.servers)
