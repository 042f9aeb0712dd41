"""From routes to nginx's configuration. Pure: the same table gives the same bytes.

Every value that reaches the template comes from the typed Routes, which hold only what passed
`routes.wish_of`, or from here.
"""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import jinja2

from homeport.model.route import Route, RouteTable, Upstream
from homeport.proxy.quote import location, server_name
from homeport.proxy.tally import LOG_FORMAT

# Seconds for which a worker that a reload retires still takes a request on a kept-alive connection.
KEPT_ALIVE = 5
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    address: str
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upstream:
    name: str
    comment: str
    servers: tuple[_Server, ...]
    kept_alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Location:
    path: str
    name: str
    served: bool
    held: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    host: str
    locations: tuple[_Location, ...]


def render(
    table: RouteTable, *, generation: int, own_host: str, drain: int, registry: bool = False
) -> str:
    """The whole configuration.

    Args:
        table: what is served.
        generation: the number by which nginx tells that it took this one.
        own_host: the name of homeport itself; "" where it has none.
        drain: seconds after which an old worker ends its requests.
        registry: whether there is one, which nginx stands before.
    """
    return _template().render(
        generation=generation,
        own_host=own_host,
        drain=drain,
        registry=registry,
        kept_alive=KEPT_ALIVE,
        log_format=LOG_FORMAT,
        upstreams=[_upstream(route) for route in table.routes if route.upstreams],
        sites=list(_sites(table.routes)),
    )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("homeport.proxy"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - nginx's syntax is not HTML; the values are typed
        keep_trailing_newline=True,
    )
    return environment.get_template("nginx.conf.j2")


def _sites(routes: Iterable[Route]) -> Iterable[_Site]:
    for host, group in groupby(routes, key=lambda route: route.host):
        yield _Site(host=server_name(host), locations=tuple(_location(route) for route in group))


def _location(route: Route) -> _Location:
    return _Location(
        path=location(route.path),
        name=site_name(route),
        served=bool(route.upstreams),
        held=route.held,
        why=why_not(route),
    )


def why_not(route: Route) -> str:
    """The reason of a 503, in a string of nginx's: nothing in it can end the string."""
    reasons = "; ".join(route.why_not) or "no container serves it"
    text = f"{route.host} has nobody to answer: {reasons}"
    return re.sub(r"[^ A-Za-z0-9_.:;,()/*[\]-]", "", text)[:300]


def _upstream(route: Route) -> _Upstream:
    return _Upstream(
        name=site_name(route),
        comment=f"{route.host}{route.path}",
        servers=tuple(_server(upstream) for upstream in route.upstreams),
        kept_alive=route.kept_alive,
    )


def _server(upstream: Upstream) -> _Server:
    address = ipaddress.ip_address(upstream.address)
    host = f"[{address}]" if address.version == 6 else str(address)
    return _Server(
        address=f"{host}:{upstream.port}", container=_NOT_A_NAME.sub("_", upstream.container)
    )


def site_name(route: Route) -> str:
    """A name for a host and path, fit for nginx and for a file: what tells paths apart in it."""
    readable = _NOT_A_NAME.sub("_", route.host)
    digest = hashlib.sha256(f"{route.host} {route.path}".encode()).hexdigest()[:8]
    return f"{readable[:60]}-{digest}"
