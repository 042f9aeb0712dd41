"""One host and path: what its containers say of it, and who of them answers. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from homeport.model.container import Container, Phase
from homeport.model.route import Manner, Route, Upstream
from homeport.model.rules import Canary, Rules
from homeport.model.tls import Terms
from homeport.model.wish import KEEPALIVE_AUTO, NetworkAccess, Options, Place

# One that drains still runs: better than nobody, until its successor answers.
STANDS_IN = Phase.DRAINING
_KEPT = 32  # idle connections to the upstreams of a site, for each worker
# Labels of containers that homeport made.
_HOLD, _ORDER = "homeport.hold", "homeport.order"
_DNS = "homeport.dns"  # of any container


class Said(NamedTuple):
    """What a container says of a host and path."""

    place: Place
    options: Options
    rules: Rules


@dataclass(slots=True)
class Site:
    """A host and path, and who answers, while they are being collected."""

    owner: str
    upstreams: list[Upstream] = field(default_factory=list)
    stand_ins: list[Upstream] = field(default_factory=list)
    why_not: list[str] = field(default_factory=list)
    hold: float = 0.0
    dns: str = ""
    awaited: bool = False
    boots: bool = False
    kept_alive: bool = True
    said: list[Said] = field(default_factory=list)
    canaries: list[Upstream] = field(default_factory=list)
    canary: Canary | None = None

    def take(
        self, container: Container, said: Said, ready: Collection[str], joined: Collection[str]
    ) -> None:
        """Put a container among those that answer, or keep the reason why it does not.

        Args:
            container: one that asks for this host and path.
            said: what it says of them.
            ready: the ids of those that answer.
            joined: the names of the networks that nginx is in.
        """
        self._regard(container)
        if not said.rules.canary:
            self.said.append(said)
        why_not = _why_not(container, ready, joined)
        if why_not:
            self.why_not.append(f"{container.name}: {why_not}")
            return
        address = _address(container, joined)
        upstream = Upstream(address=address, port=said.place.port, container=container.name)
        if said.rules.canary:
            self.canary = self.canary or said.rules.canary
            self.canaries.append(upstream)
        else:
            answering = self.stand_ins if container.phase is STANDS_IN else self.upstreams
            answering.append(upstream)

    def _regard(self, container: Container) -> None:
        """What holds of the site because of a container, whether or not it answers."""
        self.hold = max(self.hold, _seconds(container.labels.get(_HOLD, "")))
        self.dns = container.labels.get(_DNS, "") or self.dns
        self.awaited |= container.phase is Phase.YIELDING or container.state == "restarting"
        self.boots |= container.running and not container.stop_requested
        self.kept_alive &= container.labels.get(_ORDER) != "stop-first"


def route_of(key: tuple[str, str], site: Site, terms: Terms) -> Route:
    """Host and path, and who answers them, now that every container was looked at."""
    upstreams = tuple(sorted(site.upstreams or site.stand_ins))
    return Route(
        host=key[0],
        path=key[1],
        # Where the others are gone, a canary is better than nobody.
        upstreams=upstreams or tuple(sorted(site.canaries)),
        owner=site.owner,
        why_not=tuple(site.why_not),
        hold=site.hold,
        dns=site.dns,
        awaited=site.awaited and not site.upstreams,
        boots=site.boots and not site.upstreams,
        kept_alive=site.kept_alive,
        terms=terms,
        manner=_manner(site, len(upstreams)),
        rules=next((one.rules for one in site.said if one.rules != Rules()), Rules()),
        canaries=tuple(sorted(site.canaries)) if upstreams else (),
        canary=site.canary if upstreams else None,
    )


def _manner(site: Site, servers: int) -> Manner:
    """Of what several containers say, the first that is said."""
    options = [one.options for one in site.said]
    place = next((one.place for one in site.said), None)
    kept = next((o.keepalive for o in options if o.keepalive is not None), _KEPT)
    balance = next((o.load_balance for o in options if o.load_balance), None)
    access = next((o.network_access for o in options if o.network_access), None)
    return Manner(
        proto=place.proto if place else Manner().proto,
        dest=place.dest if place else "",
        root=next((o.virtual_root for o in options if o.virtual_root), Manner().root),
        balance=balance.directive if balance else "",
        keepalive=2 * servers if kept == KEEPALIVE_AUTO else kept,
        internal=access is NetworkAccess.INTERNAL,
    )


def _why_not(container: Container, ready: Collection[str], joined: Collection[str]) -> str:
    if not container.running:
        return f"it is {container.state}"
    if container.phase is Phase.YIELDING:
        return "its successor is coming"
    if container.stop_requested:
        return "it is being stopped"
    if not _address(container, joined):
        return "it shares no network with the proxy"
    if container.id not in ready:
        return "it is not ready"
    return ""


def _address(container: Container, joined: Collection[str]) -> str:
    """Its address in a network that nginx is in; "" where there is none."""
    found = (e for e in container.endpoints if e.network in joined)
    return next((e.address or e.address6 for e in found if e.address or e.address6), "")


def _seconds(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else 0.0
