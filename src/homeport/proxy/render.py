"""From routes to nginx's configuration. Pure: the same table gives the same bytes.

Every value that reaches the template comes from the typed Routes, which hold only what passed
`routes.wish_of`, or from here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import jinja2

from homeport.model.route import Route, RouteTable
from homeport.model.tls import Certificate, Terms
from homeport.model.wish import AcmeChallenge
from homeport.proxy.locations import Location, groups_of, location_of
from homeport.proxy.metrics import LINE
from homeport.proxy.quote import server_name
from homeport.proxy.tally import LOG_FORMAT
from homeport.proxy.tls.choose import DEFAULT, choose, fault
from homeport.proxy.tls.entrance import Entrance, default_entrance, entrance

# Seconds for which a worker that a reload retires still takes a request on a kept-alive connection.
KEPT_ALIVE = 5
# Connections in the middle of a request's head at which nginx's workers look at the flags (`bell`):
# more than there are of visitors' at a time, and few enough to be opened in 2 ms.
LOUD = 16
# Where a certificate authority looks for its answer (RFC 8555, 8.3).
CHALLENGE = "/.well-known/acme-challenge/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    host: str
    entrance: Entrance
    tokens: str
    answered: AcmeChallenge
    locations: tuple[Location, ...]

    @property
    def challenged(self) -> bool:
        """Whether a certificate authority may ask here, and no container does this itself."""
        is_free = all(at.prefix != CHALLENGE for at in self.locations)
        return self.entrance.http and is_free and self.answered is AcmeChallenge.TRUE

    @property
    def unchallenged(self) -> Location | None:
        """Who answers at that path where no authority is asked."""
        found = [at for at in self.locations if at.prefix and CHALLENGE.startswith(at.prefix)]
        return max(found, key=lambda at: len(at.prefix), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """What is known of TLS when the configuration is made."""

    certificates: Mapping[str, Certificate] = field(default_factory=dict)  # by name
    now: float = 0.0  # epoch
    port: int = 443  # at which visitors reach the proxy by https

    def entrance(self, host: str, terms: Terms) -> Entrance:
        """How nginx listens for a host."""
        chosen = choose(host, terms, self.certificates, now=self.now)
        return entrance(chosen, terms, port=self.port)

    @property
    def default(self) -> Entrance | None:
        """How it listens for names that no site has; None where such a handshake is rejected."""
        found = self.certificates.get(DEFAULT)
        return default_entrance(found) if found and not fault(found, self.now) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """Which logs nginx writes for each request."""

    metrics: bool = False
    access: bool = False


NO_LOGS = Logs()
_KEPT = 4096  # hosts of which the servers are remembered: 3 KB each
UNNUMBERED = "@homeport:generation@"  # stands where the number will
UNTIMED = "@homeport:seconds@"  # and where how long old workers have will


def render(
    table: RouteTable,
    *,
    generation: int | str,
    own_host: str,
    drain: int | str,
    registry: bool = False,
    secured: Secured | None = None,
    logs: Logs = NO_LOGS,
) -> str:
    """The whole configuration.

    Args:
        table: what is served.
        generation: the number by which nginx tells that it took this one, or `UNNUMBERED`.
        own_host: the name of homeport itself; "" where it has none.
        drain: seconds after which an old worker ends its requests, or `UNTIMED`.
        registry: whether there is one, which nginx stands before.
        secured: the certificates that there are; None where there are none.
        logs: what is written down of each request.
    """
    secured = secured or Secured()
    sites, own = list(_sites(table.routes, secured)), secured.entrance(own_host, Terms())
    return _template("nginx.conf.j2").render(
        servers=_servers,
        generation=generation,
        own_host=own_host,
        own=own,
        drain=drain,
        registry=registry,
        kept_alive=KEPT_ALIVE,
        loud=LOUD,
        log_format=LOG_FORMAT,
        logs=logs,
        metrics_line=LINE,
        upstreams=[group for route in table.routes for group in groups_of(route)],
        sites=sites,
        locations=[location for site in sites for location in site.locations],
        default=secured.default,
        quic=any(site.entrance.http3 for site in sites),
        rejected=_rejected(sites, own_host, own, secured.default),
    )


def _rejected(
    sites: Iterable[_Site], own_host: str, own: Entrance, default: Entrance | None
) -> list[str]:
    """The names without a certificate, where others have one that they might be shown."""
    every = [(site.host, site.entrance) for site in sites] + ([(own_host, own)] if own_host else [])
    if default or any(entrance.certificate for _, entrance in every):
        return [host for host, entrance in every if not entrance.certificate]
    return []


@functools.lru_cache(maxsize=_KEPT)
def _servers(site: _Site, logs: Logs) -> str:
    """Those of a host: made once for as long as nothing of it is otherwise."""
    return str(_template("site.conf.j2").module.servers(site, logs))  # type: ignore[attr-defined]


@functools.cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("homeport.proxy"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - nginx's syntax is not HTML; the values are typed
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def _sites(routes: Iterable[Route], secured: Secured) -> Iterable[_Site]:
    for host, group in groupby(routes, key=lambda route: route.host):
        paths = list(group)
        yield _Site(
            host=server_name(host),
            entrance=secured.entrance(host, paths[0].terms),
            tokens=paths[0].terms.server_tokens,
            answered=paths[0].terms.challenged,
            locations=tuple(location_of(route) for route in paths),
        )
