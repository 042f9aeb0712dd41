"""What stands in default.conf, typed: nothing of a container is in it that was not read. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from homeport.model.wish import Options, Protocol
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.settings import Settings


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers a host and path; `comments` say how each container is reached, or why not."""

    name: str
    servers: tuple[str, ...]  # address:port
    comments: tuple[str, ...]
    balance: str = ""  # nginx's directive
    keepalive: int = 0


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A path of a host."""

    path: str  # as the container wrote it
    match: str  # as nginx writes it
    upstream: Upstream
    proto: Protocol = Protocol.HTTP
    dest: str = ""
    root: str = ""
    internal: bool = False
    override: str = ""  # a file in the place of the location
    include: str = ""
    htpasswd: str = ""
    hold: str = ""  # a name for it, where its visitors can wait
    held: bool = False  # whether they do: nobody is reachable


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """How a host is served at the port for https. No certificate: its handshake is rejected."""

    certificate: str = ""  # a path without .crt and .key
    protocols: str = ""
    ciphers: str = ""
    ours_first: bool = False
    dhparam: str = ""
    trusted: str = ""  # chain.pem
    authority: str = ""  # ca.crt: who signs the certificates of clients
    revoked: str = ""
    verify: str = ""
    hsts: str = ""
    redirect: str = ""  # where port 80 leads to; "" nowhere
    why_not: str = ""  # why there is no certificate, for people


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """A host name. `fault`: why nginx cannot have what belongs to it; it answers 503 then."""

    host: str
    server_name: str
    locations: tuple[Location, ...]
    options: Options
    default: bool = False
    include: str = ""
    http: bool = True  # whether port 80 serves it
    tls: Tls | None = None  # None: not at all
    acme: bool = True
    fault: str = ""
    debug: str = ""  # what the debug endpoint tells, as a string of nginx's


def ports_of(host: Host, settings: Settings) -> tuple[int, int]:
    """Where it is reached from outside: http, https. One at fault has the proxy's own.

    nginx listens there and at the proxy's own ports: those may be published as the others.
    """
    options = host.options
    if host.fault:
        return settings.http_port, settings.https_port
    return (
        options.external_http_port or settings.http_port,
        options.external_https_port or settings.https_port,
    )


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A container that asks for what cannot be, and why."""

    container: str
    reason: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that stands in the file."""

    hosts: tuple[Host, ...]
    refusals: tuple[Refusal, ...]
    files: Files
    default_certificate: str = ""  # that of names that nobody has: a path without its suffix
    # A name -> how a handshake for it is answered before there is a host (`doors`).
    doors: Mapping[str, Tls] = {}
