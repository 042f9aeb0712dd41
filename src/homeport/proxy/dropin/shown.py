"""What is served in nginx-proxy's place, as `homeport proxy routes` and `explain` show it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from homeport.model.container import Container
from homeport.model.tls import Certificate
from homeport.model.wish import Refused, read_wish
from homeport.proxy.dropin.hosts import Asking, Looked, Placed, places_of, same_location
from homeport.proxy.dropin.model import Host, Location, Refusal
from homeport.proxy.dropin.reach import Surroundings
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.explain import serving
from homeport.proxy.seen import Https, Served

_NOT = "    /!\\ not routed: "


def routes(
    hosts: Iterable[Host],
    looked: Looked,
    settings: Settings,
    certificates: Mapping[str, Certificate],
) -> list[dict[str, Any]]:
    """Every location of every host, in the words of the daemon's API."""
    return [
        {
            "host": host.host,
            "path": at.path,
            "owner": _owner(placed),
            "upstreams": [_upstream(one) for one in placed if one.reach.server and not host.fault],
            "canaries": [],
            "leads_to": "",
            "why_not": list(_why_not(host, placed)),
            "manner": {"proto": str(at.proto), "internal": at.internal},
            "rules": {"basic_auth": at.htpasswd} if at.htpasswd else {},
            "https": _https(host, certificates),
        }
        for host in hosts
        for at, placed in _located(host, looked, settings)
    ]


def served(
    host: Host, looked: Looked, settings: Settings, left: Callable[[str], float]
) -> tuple[Served, ...]:
    """The locations of one; `left`: seconds for which the visitors of an upstream are held."""
    return tuple(
        Served(
            host=host.host,
            path=at.path,
            owner=_owner(placed),
            upstreams=() if host.fault else tuple(_answering(placed)),
            why_not=_why_not(host, placed),
            held=left(at.hold) if at.hold and not at.upstream.servers else 0.0,
            coming=not host.fault and any(_boots(one) for one in placed),
            in_its_way=_in_its_way(at),
        )
        for at, placed in _located(host, looked, settings)
    )


def tls_of(host: Host, certificates: Mapping[str, Certificate]) -> Https:
    """Its certificate, or why it has none."""
    return Https(**_https(host, certificates))


def asks_for(container: Container, name: str) -> bool:
    """Whether it asks for the name, or for what cannot be read and has the name in it."""
    try:
        return bool(serving(name, read_wish(container.env, container.labels).hosts))
    except Refused:
        return any(name in container.env.get(one, "").lower() for one in _NAMING)


def port_of(asked: Asking | None, name: str) -> int:
    """The port at which it should answer for a name; 0 where that is not known."""
    if asked is None:
        return 0
    host = serving(name, asked.wish.hosts)
    return next((place.port for place in asked.wish.places if place.host == host), 0)


def refusal_of(container: Container, refusals: Iterable[Refusal]) -> str:
    """Why what it asks for is not carried out; "" where it is."""
    return next((r.reason for r in refusals if r.container == container.name), "")


def networks_of(around: Surroundings) -> tuple[str, ...]:
    """Those that nginx is in, for people."""
    return tuple(sorted(around.networks or ()))


_NAMING = ("VIRTUAL_HOST", "VIRTUAL_HOST_MULTIPORTS")


def _located(
    host: Host, looked: Looked, settings: Settings
) -> Iterable[tuple[Location, list[Placed]]]:
    found = places_of(
        host.host, looked.asking, ready=looked.ready, around=looked.around, settings=settings
    )
    return [(at, found.get(same_location(at.path), [])) for at in host.locations]


def _owner(placed: Iterable[Placed]) -> str:
    projects = dict.fromkeys(one.asking.container.project for one in placed)
    return ", ".join(filter(None, projects))


def _upstream(one: Placed) -> dict[str, Any]:
    address, _, port = one.reach.server.rpartition(":")
    return {"container": one.asking.container.name, "address": address, "port": int(port)}


def _answering(placed: Iterable[Placed]) -> Iterable[str]:
    return (f"{p.asking.container.name} ({p.reach.server})" for p in placed if p.reach.server)


def _why_not(host: Host, placed: Iterable[Placed]) -> tuple[str, ...]:
    if host.fault:
        return (f"nginx cannot have what belongs to it: {host.fault}",)
    if not placed:
        return ("its containers have gone",)
    return tuple(
        f"{one.asking.container.name}: {one.reach.comments[-1].removeprefix(_NOT)}"
        for one in placed
        if not one.reach.server
    )


def _boots(one: Placed) -> bool:
    return one.asking.container.running and "not accept" in one.reach.comments[-1]


def _in_its_way(at: Location) -> tuple[str, ...]:
    found = []
    if at.internal:
        found.append("private addresses alone may ask, others get 403 (NETWORK_ACCESS)")
    if at.htpasswd:
        found.append(f"a password is asked for ({at.htpasswd})")
    if at.override:
        found.append(f"{at.override} stands in the place of this location")
    return tuple(found)


def _https(host: Host, certificates: Mapping[str, Certificate]) -> dict[str, Any]:
    tls = host.tls
    name = tls.certificate.rpartition("/")[2] if tls else ""
    known = certificates.get(name)
    return {
        "certificate": name,
        "not_after": known.not_after if known else 0.0,
        "why_not": tls.why_not if tls else "",
        "http": "redirects"
        if tls and tls.redirect
        else "serves"
        if host.http
        else "does not serve",
    }
