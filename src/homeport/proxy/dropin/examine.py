"""Look at one host name in nginx-proxy's place: what `explain` decides upon."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from homeport.engine.docker import Docker
from homeport.engine.sockets import accepts
from homeport.model.container import Container
from homeport.model.tls import Certificate
from homeport.proxy.dropin.hosts import Asking, Looked
from homeport.proxy.dropin.model import Host, Wanted, ports_of
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.dropin.shown import (
    asks_for,
    networks_of,
    port_of,
    refusal_of,
    served,
    tls_of,
)
from homeport.proxy.explain import serving
from homeport.proxy.looks import candidate_of, status_of
from homeport.proxy.seen import Candidate, Https, Observation, Port, Sent, Server

_PATIENCE = 5.0  # seconds that our own request may take
# What a proxy before this one says first, where one is expected (ENABLE_PROXY_PROTOCOL).
_BEFORE = "PROXY TCP4 127.0.0.1 127.0.0.1 1 80\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """How everything stands. `nginx`: it and its generations; `at`: where it listens."""

    wanted: Wanted
    hosts: Mapping[str, Host]  # as nginx has them
    looked: Looked
    nginx: Server
    at: str
    certificates: Mapping[str, Certificate]
    view: tuple[Container, ...]
    left: Callable[[str], float]  # seconds for which the visitors of an upstream are held


class Examiner:
    """Asks what the proxy does not know by itself."""

    def __init__(self, docker: Docker, settings: Settings) -> None:
        self._docker, self._settings = docker, settings
        self._ports = settings.http_port, settings.https_port

    async def look(self, name: str, now: Now) -> Observation:
        """Everything about a name, which is in lower case."""
        host = now.hosts.get(serving(name, now.hosts))
        asking = [container for container in now.view if asks_for(container, name)]
        ports = ports_of(host, self._settings) if host else self._ports
        plain, secure, answer, candidates = await asyncio.gather(
            _port(now.at, ports[0]),
            _port(now.at, ports[1]),
            self._answer(name, now.at, ports[0]),
            asyncio.gather(*(self._candidate(c, name, now) for c in asking)),
        )
        routes = served(host, now.looked, self._settings, now.left) if host else ()
        return Observation(
            host=name,
            nginx=now.nginx,
            http=plain,
            https=secure,
            owner=routes[0].owner if routes else "",
            routes=routes,
            candidates=_marked(candidates, (u for route in routes for u in route.upstreams)),
            others=tuple(sorted(now.hosts)),
            answers=answer,
            tls=tls_of(host, now.certificates) if host else Https(),
        )

    async def _candidate(self, container: Container, name: str, now: Now) -> Candidate:
        known: dict[str, Asking] = {a.container.id: a for a in now.looked.asking}
        asked, networks = known.get(container.id), networks_of(now.looked.around)
        found = (e.address or e.address6 for e in container.endpoints if e.network in networks)
        gateway = now.looked.around.gateway
        address = gateway if container.network_mode == "host" else next(found, "")
        port = port_of(asked, name)
        return await candidate_of(
            self._docker,
            container,
            port=port,
            address=address,
            listening=None,  # its processes are not ours to see
            refused=refusal_of(container, now.wanted.refusals),
        )

    async def _answer(self, name: str, at: str, port: int) -> tuple[Sent, ...]:
        """One request of our own, as a visitor makes it."""
        began = time.monotonic()
        status = await self._ask(name, at, port)
        took = round(time.monotonic() - began, 3)
        sent = Sent(status=status, seconds=took, asked_by="homeport", tries=None)
        return (sent,) if status else ()

    async def _ask(self, name: str, at: str, port: int) -> int:
        """The status of `GET /`; 0 where nothing answers."""
        before = _BEFORE if self._settings.proxy_protocol else ""
        with contextlib.suppress(OSError, ValueError, IndexError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                streams = await asyncio.open_connection(at, port)
                return await status_of(streams, name, before=before)
        return 0


async def _port(address: str, number: int) -> Port:
    return Port(address=address, number=number, accepts=await accepts(address, number))


def _marked(found: Iterable[Candidate], upstreams: Iterable[str]) -> tuple[Candidate, ...]:
    """Those that answer, as such."""
    names = {upstream.partition(" (")[0] for upstream in upstreams}
    return tuple(replace(one, served=one.name in names) for one in found)
