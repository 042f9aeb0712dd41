"""The sites that containers ask for by VIRTUAL_HOST, as typed values for a template. Pure.

What comes from a container was read as what it has to be (`model.wish`), or is refused with the
reason: a template may write it as it is.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import msgspec

from homeport.model.wish import Place, Refused, Wish, asks, only_port, read_wish
from homeport.proxy.gen.facts import Facts
from homeport.proxy.quote import location as written
from homeport.proxy.quote import server_name


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """One container that answers; `address` is fit for nginx, brackets included."""

    address: str
    container: str


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A path of a host. `reasons` says why a container is not among the servers."""

    path: str
    upstream: str  # a name for it, fit for nginx
    servers: tuple[Server, ...]
    reasons: tuple[str, ...]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A host name, and its paths, sorted. `name`: the host as text, for people."""

    host: str
    name: str
    locations: tuple[Location, ...]


class Sites(msgspec.Struct, frozen=True, kw_only=True):
    """All of them; `refused` has a line for each container that asks for what cannot be."""

    sites: tuple[Site, ...]
    refused: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    servers: list[Server] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def read_sites(containers: Iterable[Facts], networks: Collection[str] | None = None) -> Sites:
    """Every site. Several containers may share a host, or split its paths, as in nginx-proxy.

    Args:
        containers: all that there are.
        networks: the names of those that the proxy is in; None where it reaches any.
    """
    found: dict[tuple[str, str], _Found] = {}
    refused = []
    asking = (c for c in containers if asks(c.Env))
    for container in sorted(asking, key=lambda c: c.Name):
        try:
            wish = _wish(container)
        except Refused as error:
            refused.append(_plain(f"{container.Name}: {error.message}"))
            continue
        for place in wish.places:
            site = found.setdefault((place.host, place.path), _Found())
            _take(site, container, place, networks)
    return Sites(sites=tuple(_sites(found)), refused=tuple(refused))


def quoted(value: object) -> str:
    """A value as a string of nginx's, in quotes: nothing in it can end it.

    Raises:
        ValueError: it has what no string of nginx's may have: a `$`, a NUL or a line's end.
    """
    text = str(value)
    if re.search(r"[\x00-\x1f\x7f$]", text):
        raise ValueError(f"{text[:80]!r} cannot stand in a string of nginx's")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _wish(container: Facts) -> Wish:
    wish = read_wish(container.Env, container.Labels)
    exposed = [f"{address.Port}/{address.Proto}" for address in container.Addresses]
    return wish.at(only_port(exposed))


def _take(site: _Found, container: Facts, place: Place, networks: Collection[str] | None) -> None:
    why_not = _why_not(container, networks)
    if why_not:
        site.reasons.append(_plain(f"{container.Name}: {why_not}"))
        return
    address = f"{_address(container, networks)}:{place.port}"
    site.servers.append(Server(address=address, container=_plain(container.Name)))


def _why_not(container: Facts, networks: Collection[str] | None) -> str:
    if not container.State.Running:
        return "it does not run"
    if container.State.Health.Status not in ("", "healthy"):
        return f"its healthcheck says {container.State.Health.Status}"
    if not _address(container, networks):
        return "it shares no network with the proxy"
    return ""


def _address(container: Facts, networks: Collection[str] | None) -> str:
    """Its address in a network of the proxy's; that of a container on the host is the host's."""
    for network in container.Networks:
        if networks is not None and network.Name not in networks:
            continue
        if network.IP:
            return str(ipaddress.ip_address(network.IP))
        if network.GlobalIPv6Address:
            return f"[{ipaddress.ip_address(network.GlobalIPv6Address)}]"
    if networks is None and container.NetworkMode == "host":
        return "127.0.0.1"
    return ""


def _sites(found: dict[tuple[str, str], _Found]) -> Iterable[Site]:
    locations: dict[str, list[Location]] = {}
    for (host, path), one in sorted(found.items()):
        location = Location(
            path=written(path),
            upstream=_upstream(host, path),
            servers=tuple(one.servers),
            reasons=tuple(one.reasons),
        )
        locations.setdefault(host, []).append(location)
    return (
        Site(host=server_name(host), name=_plain(host), locations=tuple(those))
        for host, those in locations.items()
    )


def _upstream(host: str, path: str) -> str:
    """A name that tells one host and path from every other."""
    digest = hashlib.sha256(f"{host} {path}".encode()).hexdigest()[:8]
    return f"{re.sub(r'[^a-z0-9_.-]', '_', host)[:60]}-{digest}"


def _plain(text: str) -> str:
    """Fit for a comment and for a string of nginx's: no sign in it ends either."""
    return re.sub(r"[^ A-Za-z0-9_.:,()/*~+@-]", "_", text)[:300]
