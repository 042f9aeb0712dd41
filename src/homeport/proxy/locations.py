"""What the template prints of one route: a location, and the upstreams behind it. Pure."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from homeport.model.route import Files, Manner, Route, Upstream
from homeport.model.rules import Canary, Rules
from homeport.model.wish import Protocol
from homeport.proxy import quote

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]")
# The module of nginx's that speaks a protocol, and how an upstream is written behind its `_pass`.
_MODULES = {
    Protocol.HTTP: ("proxy", "http://"),
    Protocol.HTTPS: ("proxy", "https://"),
    Protocol.GRPC: ("grpc", "grpc://"),
    Protocol.GRPCS: ("grpc", "grpcs://"),
    Protocol.FASTCGI: ("fastcgi", ""),
    Protocol.UWSGI: ("uwsgi", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A line of an upstream."""

    address: str
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """An upstream of nginx's."""

    name: str
    comment: str
    servers: tuple[Server, ...]
    kept_alive: bool
    keepalive: int
    balance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A location. `key` is a part of the names of variables and zones."""

    path: str
    prefix: str  # the path where it is a plain one, else ""
    name: str
    key: str
    host: str
    served: bool
    held: bool
    why: str
    manner: Manner
    rules: Rules
    canary: Canary | None
    to: str  # the host that it leads to
    files: Files

    @property
    def module(self) -> str:
        """The module that speaks with the containers: the first part of its directives."""
        return _MODULES[self.manner.proto][0]

    @property
    def scheme(self) -> str:
        """What stands before an upstream behind `_pass`."""
        return _MODULES[self.manner.proto][1]

    @property
    def target(self) -> str:
        """The upstream: by its name, or by a variable where some requests go to a canary."""
        return f"$homeport_canary_{self.key}" if self.canary else self.name

    @property
    def buffers(self) -> bool:
        """Whether the module knows buffering and caches."""
        return self.module != "grpc"

    @property
    def rewrite(self) -> str:
        """The arguments of `rewrite`, where something else takes the place of the path."""
        is_http = self.manner.proto in (Protocol.HTTP, Protocol.HTTPS)
        moved = self.manner.dest and is_http
        return quote.dest(self.prefix or self.path, self.manner.dest) if moved else ""

    @property
    def users(self) -> str:
        """The file of those who may pass, below nginx's folder; "" where everybody may."""
        said = password_file(self.rules)[0]
        given = f"extra/{self.files.users}" if self.files.users else ""
        return f"users/{said}" if said else given

    @property
    def notice(self) -> str:
        """What everybody is told while it is being worked on; a string of nginx's."""
        return quote.text(self.rules.maintenance) if self.rules.maintenance else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Those that answers get, as nginx writes them."""
        return [(name, quote.text(value)) for name, value in self.rules.headers if value]

    @property
    def hidden(self) -> list[str]:
        """Those of the application's that answers do not get."""
        return [name for name, _ in self.rules.headers]

    @property
    def heads(self) -> bool:
        """Whether answers get more headers than the server gives all of them."""
        rules = self.rules
        return bool(self.headers or rules.sticky or rules.cache or rules.forward_auth)

    @property
    def passed_on(self) -> list[tuple[str, str]]:
        """Headers of whom is asked whether one may pass: each name, and a part of a variable's."""
        auth = self.rules.forward_auth
        names = auth.headers if auth else ()
        return [(name, name.lower().replace("-", "_")) for name in names]


def location_of(route: Route) -> Location:
    """The location of a route."""
    name = site_name(route)
    return Location(
        path=quote.location(route.path),
        prefix=route.path if route.path.startswith("/") else "",
        name=name,
        key=name.rpartition("-")[2],
        host=route.host,
        served=bool(route.upstreams),
        held=route.held,
        why=why_not(route),
        manner=route.manner,
        rules=route.rules,
        canary=route.canary if route.canaries else None,
        to=route.leads_to,
        files=route.files,
    )


def groups_of(route: Route) -> Iterator[Group]:
    """The upstreams of a route: one, and one more for its canaries."""
    balance = "hash $homeport_sticky consistent" if route.rules.sticky else route.manner.balance
    both = (("", "", route.upstreams), ("-canary", ", canaries", route.canaries))
    for suffix, comment, upstreams in both:
        if upstreams:
            yield Group(
                name=site_name(route) + suffix,
                comment=f"{_plain(route.host)}{_plain(route.path)}{comment}",
                servers=tuple(_server(upstream) for upstream in upstreams),
                kept_alive=route.kept_alive and route.manner.keepalive > 0,
                keepalive=max(route.manner.keepalive, 1),
                balance=balance,
            )


def password_file(rules: Rules) -> tuple[str, str]:
    """Name and content of the file of users; two empty texts where there are none."""
    if not rules.basic_auth:
        return "", ""
    content = "\n".join(rules.basic_auth) + "\n"
    return hashlib.sha256(content.encode()).hexdigest()[:24], content


def why_not(route: Route) -> str:
    """The reason of a 503, in a string of nginx's: nothing in it can end the string."""
    reasons = "; ".join(route.why_not) or "no container serves it"
    text = f"{route.host} has nobody to answer: {reasons}"
    return re.sub(r"[^ A-Za-z0-9_.:;,()/*[\]-]", "", text)[:300]


def site_name(route: Route) -> str:
    """A name for a host and path, fit for nginx and for a file: what tells paths apart in it."""
    readable = _NOT_A_NAME.sub("_", route.host)
    digest = hashlib.sha256(f"{route.host} {route.path}".encode()).hexdigest()[:8]
    return f"{readable[:60]}-{digest}"


def _server(upstream: Upstream) -> Server:
    address = ipaddress.ip_address(upstream.address)
    host = f"[{address}]" if address.version == 6 else str(address)
    return Server(
        address=f"{host}:{upstream.port}", container=_NOT_A_NAME.sub("_", upstream.container)
    )


def _plain(text: str) -> str:
    """What may stand in a comment."""
    return "".join(c for c in text if c.isprintable())
