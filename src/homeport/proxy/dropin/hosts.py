"""From containers to hosts: nginx-proxy's rules, with what is not ready left out. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from homeport.model.container import Container
from homeport.model.wish import (
    KEEPALIVE_AUTO,
    AcmeChallenge,
    NetworkAccess,
    Options,
    Place,
    Protocol,
    Wish,
    is_regex,
)
from homeport.model.wish.places import location_of
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.model import Host, Location, Upstream
from homeport.proxy.dropin.reach import Reach, Surroundings, reach_of
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.quote import location, server_name

_ROOT = "/var/www/public"
# With nginx-proxy's two for each server, most requests of a busy site need a connection of theirs.
_KEPT = 32
# A name that ends so could be that of another host's path.
_HASHED = re.compile(r"-[0-9a-f]{40}$")
_NAMES = tuple(Options.__struct_fields__)
_NOTHING = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A container that runs, and what it asks for; `unknown`: labels of which nothing comes."""

    container: Container
    wish: Wish
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was seen the last time: who asks, the ids of those that are ready, where nginx is."""

    asking: tuple[Asking, ...] = ()
    ready: frozenset[str] = frozenset()
    around: Surroundings = field(default_factory=Surroundings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One container at one place."""

    asking: Asking
    place: Place
    reach: Reach


Places = dict[tuple[str, str], list[Placed]]


def host_of(
    name: str,
    asking: Iterable[Asking],
    *,
    ready: Collection[str],
    around: Surroundings,
    settings: Settings,
    files: Files,
) -> Host:
    """A host, as it is served over http.

    Args:
        name: of the host.
        asking: the containers that ask for it, sorted by their names.
        ready: the ids of those that answer.
        around: where the proxy stands.
        settings: of the proxy.
        files: of the administrator.
    """
    every = list(asking)
    found = places_of(name, every, ready=ready, around=around, settings=settings)
    return _host(name, every, found, settings, files)


def places_of(
    name: str,
    asking: Iterable[Asking],
    *,
    ready: Collection[str],
    around: Surroundings,
    settings: Settings,
) -> Places:
    """Who asks for a host, by the location that is meant; arguments as of `host_of`."""
    found = Places()
    for one in asking:
        for place in one.wish.places:
            if place.host == name:
                reach = reach_of(one.container, place.port, ready, around, settings)
                at = Placed(asking=one, place=place, reach=reach)
                found.setdefault(same_location(place.path), []).append(at)
    return found


def options_of(said: Iterable[Options], defaults: Options) -> Options:
    """Of what several containers say, the first that is said; else the proxy's own."""
    every = [one for one in said if one != _NOTHING]
    if not every:
        return defaults
    values: dict[str, Any] = {}
    for name in _NAMES:
        found = (getattr(one, name) for one in (*every, defaults))
        values[name] = next((v for v in found if _says(name, v)), getattr(_NOTHING, name))
    return Options(**values)


def _says(name: str, value: object) -> bool:
    """`keepalive: 0` is said: there are none. A port of 0 is not."""
    if value is None or value == "":
        return False
    return isinstance(value, bool) or value != 0 or name == "keepalive"


def file_name(host: str) -> str:
    """What the files of a host are called by."""
    return sha1(host) if is_regex(host) else host


def sha1(text: str) -> str:
    """As `sha1sum` prints it: the names of nginx-proxy's files and upstreams."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _host(name: str, asking: list[Asking], found: Places, settings: Settings, files: Files) -> Host:
    options = options_of((a.wish.options for a in asking), settings.defaults)
    options = _with_ports(options, [p.place for places in found.values() for p in places])
    called = file_name(name)
    include = next((f for f in (called, "default") if f in files.vhosts), "")
    return Host(
        host=name,
        server_name=server_name(name),
        locations=tuple(
            _location(name, places, settings, files) for _, places in sorted(found.items())
        ),
        options=options,
        default=name == settings.default_host,
        acme=options.acme_challenge in (None, AcmeChallenge.TRUE),
        include=f"{files.root}/vhost.d/{include}" if include else "",
    )


def _with_ports(options: Options, places: Iterable[Place]) -> Options:
    """With the ports that VIRTUAL_HOST_MULTIPORTS says of a host: they go before."""
    every = list(places)
    plain = next(filter(None, (p.external_http_port for p in every)), 0)
    secure = next(filter(None, (p.external_https_port for p in every)), 0)
    if not (plain or secure):
        return options
    return replace(
        options,
        external_http_port=plain or options.external_http_port,
        external_https_port=secure or options.external_https_port,
    )


def same_location(path: str) -> tuple[str, str]:
    """What tells a location from others: nginx takes `/x` and `^~ /x` for the same."""
    modifier, rest = location_of(path)
    return "" if modifier == "^~" else modifier, rest


def _location(host: str, places: list[Placed], settings: Settings, files: Files) -> Location:
    first = places[0].place
    options = options_of((p.asking.wish.options for p in places), settings.defaults)
    called, path = file_name(host), sha1(first.path)
    overrides = [f"{called}_{path}_location_override"]
    overrides += [f"{called}_location_override"] if first.path == "/" else []
    includes = (f"{called}_{path}_location", f"{called}_location", "default_location")
    override = _first(f"{files.root}/vhost.d", overrides, files.vhosts)
    upstream = _upstream(host, first.path, places, options, settings)
    return Location(
        path=first.path,
        match=location(first.path),
        upstream=upstream,
        hold=upstream.name if settings.hold and not override and _can_wait(first) else "",
        proto=first.proto,
        dest=first.dest,
        root=options.virtual_root or _ROOT,
        internal=options.network_access is NetworkAccess.INTERNAL,
        override=override,
        include=_first(f"{files.root}/vhost.d", includes, files.vhosts),
        htpasswd=_first(f"{files.root}/htpasswd", (f"{called}_{path}", called), files.htpasswd),
    )


def _first(folder: str, names: Iterable[str], there: Collection[str]) -> str:
    """The path of the first of these files that is there; "" where none is."""
    return next((f"{folder}/{name}" for name in names if name in there), "")


def _can_wait(place: Place) -> bool:
    """Whether nginx can go on with a request that waited: by http, to the path as it is."""
    return place.proto in (Protocol.HTTP, Protocol.HTTPS) and not place.dest


def _upstream(
    host: str, path: str, places: list[Placed], options: Options, settings: Settings
) -> Upstream:
    servers = tuple(dict.fromkeys(p.reach.server for p in places if p.reach.server))
    keepalive = options.keepalive or 0
    if keepalive == KEEPALIVE_AUTO:
        keepalive = max(2 * len(servers), _KEPT)
    return Upstream(
        name=upstream_name(host, path, hashed=settings.sha1_names),
        servers=servers,
        comments=tuple(line for p in places for line in p.reach.comments),
        balance=options.load_balance.directive if options.load_balance else "",
        keepalive=keepalive if servers else 0,
    )


def upstream_name(host: str, path: str, *, hashed: bool) -> str:
    """By the host, as users of nginx-proxy know it; by its hash where that says too little."""
    ambiguous = host.startswith("[") or bool(_HASHED.search(host))
    name = sha1(host) if hashed or is_regex(host) or ambiguous else host
    return name if path == "/" else f"{name}-{sha1(path)}"
