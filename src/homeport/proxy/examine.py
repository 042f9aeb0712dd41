"""Look at one host name, from its port to its containers: what `explain` decides upon."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.engine.sockets import accepts, listening
from homeport.errors import HomeportError
from homeport.model.container import Container
from homeport.model.route import Route
from homeport.model.tls import Terms
from homeport.model.wish import Refused, read_wish
from homeport.proxy.apply import Proxy
from homeport.proxy.explain import serving
from homeport.proxy.joined import placed
from homeport.proxy.looks import candidate_of, status_of
from homeport.proxy.names import resolve
from homeport.proxy.routes import asks, wish_of
from homeport.proxy.seen import (
    Candidate,
    Https,
    Listening,
    Observation,
    Port,
    Sent,
    Served,
    Server,
)
from homeport.proxy.shown import https, in_its_way
from homeport.proxy.tally import Visit, read_visit

_PATIENCE = 5.0  # seconds that homeport's own request may take
_FLUSH = 0.3  # seconds after which nginx has written its line
_MOST = 5  # answers to visitors that are shown


class Examiner:
    """What stands between a name and a container: one proxy, its nginx, one Engine."""

    def __init__(
        self,
        docker: Docker,
        proxy: Proxy,
        folder: Path,
        *,
        own_host: str,
        bind: str,
        ports: tuple[int, int],
    ) -> None:
        """`folder` is nginx's; `bind` and `ports` are the machine's, for HTTP and HTTPS."""
        self._bind = bind
        self._docker, self._proxy, self._run = docker, proxy, folder / "run"
        self._own_host, self._ports = own_host, ports

    async def look(self, host: str, containers: Iterable[Container], instance: str) -> Observation:
        """Everything about a host.

        Args:
            host: the name, in lower case.
            containers: all that there are.
            instance: which homeport this is; containers of another do not count.
        """
        every, nginx = placed(containers), await self._nginx()
        asking = [c for c in every if asks(c, instance) and _asks_for(c, host)]
        routes = self._routes(host)
        names, plain, secure, answers, candidates = await asyncio.gather(
            resolve(host),
            self._port(self._ports[0]),
            self._port(self._ports[1]),
            self._answers(host, routes),
            asyncio.gather(*(self._candidate(c, host, nginx) for c in asking)),
        )
        return Observation(
            host=host,
            own=host == self._own_host,
            names=names,
            nginx=nginx,
            http=plain,
            https=secure,
            owner=routes[0].owner if routes else "",
            routes=tuple(self._served(route) for route in routes),
            candidates=tuple(candidates),
            others=tuple(sorted({route.host for route in self._proxy.table.routes})),
            answers=answers,
            tls=Https(
                **https(host, routes[0].terms if routes else Terms(), self._proxy.serving.secured)
            ),
        )

    async def _port(self, number: int) -> Port:
        return Port(address=self._bind, number=number, accepts=await accepts(self._bind, number))

    def _routes(self, host: str) -> list[Route]:
        found = serving(host, (route.host for route in self._proxy.table.routes))
        return [route for route in self._proxy.table.routes if route.host == found]

    def _served(self, route: Route) -> Served:
        return Served(
            host=route.host,
            path=route.path,
            owner=route.owner,
            upstreams=tuple(f"{u.container} ({u.address}:{u.port})" for u in route.answering),
            why_not=route.why_not,
            held=self._proxy.held.left_for(route),
            coming=route.boots or route.awaited,
            leads_to=route.leads_to,
            in_its_way=in_its_way(route),
        )

    async def _nginx(self) -> Server:
        name, answering = self._proxy.nginx.container, await self._proxy.nginx.generation()
        try:
            found = await self._docker.container(name)
        except HomeportError:
            return Server(container=name, state="not there", wanted=0, answering=answering)
        return Server(
            container=name,
            state=found.state,
            wanted=self._proxy.serving.generation,
            answering=answering,
            networks=tuple(endpoint.network for endpoint in found.endpoints),
        )

    async def _candidate(self, container: Container, host: str, nginx: Server) -> Candidate:
        port, refused = _port_or_refusal(container)
        address = next(
            (e.address or e.address6 for e in container.endpoints if e.network in nginx.networks),
            "",
        )
        mine = (r.reason for r in self._proxy.table.refusals if r.container == container.name)
        claimed = next((reason for reason in mine if reason.startswith(f"{host} ")), "")
        listeners = listening(container.pid) if container.running else []
        return await candidate_of(
            self._docker,
            container,
            port=port,
            address=address,
            listening=tuple(Listening(port=s.port, loopback=s.loopback) for s in listeners),
            served=any(
                u.container == container.name for r in self._routes(host) for u in r.answering
            ),
            refused=refused or claimed,
        )

    # -- what is answered

    async def _answers(self, host: str, routes: list[Route]) -> tuple[Sent, ...]:
        """One request of our own, as a visitor makes it, and what visitors get meanwhile."""
        names = {route.host for route in routes}
        async with self._proxy.counting.of([]):
            log = self._run / "access.log"
            offset = log.stat().st_size if log.exists() else 0
            began = time.monotonic()
            status = await self._ask(host)
            took = time.monotonic() - began
            await asyncio.sleep(_FLUSH)
            visits = _visits(log, offset, names)
        told = [_sent(visit) for visit in visits]
        ours = [sent for sent in told if sent.asked_by == "homeport"][:1]
        if not ours and status:
            ours = [Sent(status=status, seconds=round(took, 3), asked_by="homeport")]
        return (*ours, *[sent for sent in told if sent.asked_by != "homeport"][-_MOST:])

    async def _ask(self, host: str) -> int:
        """The status of `GET /`; 0 where nothing answers."""
        with contextlib.suppress(OSError, ValueError, IndexError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                streams = await asyncio.open_unix_connection(str(self._run / "probe.sock"))
                return await status_of(streams, host, whole=True)
        return 0


def _asks_for(container: Container, host: str) -> bool:
    """Whether it asks for the name, or for what cannot be read and has the name in it."""
    try:
        return bool(serving(host, read_wish(container.env, container.labels).hosts))
    except Refused:
        return host in container.env.get("VIRTUAL_HOST", "").lower()


def _port_or_refusal(container: Container) -> tuple[int, str]:
    try:
        return wish_of(container).port, ""
    except Refused as error:
        return 0, error.message


def _visits(log: Path, offset: int, hosts: Iterable[str]) -> list[Visit]:
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(offset)
        lines = file.read().decode("utf-8", "replace").splitlines()
        found = (read_visit(line) for line in lines)
        return [visit for visit in found if visit and visit.host in hosts]
    return []


def _sent(visit: Visit) -> Sent:
    return Sent(
        status=int(visit.status) if visit.status.isdecimal() else 0,
        seconds=visit.seconds,
        asked_by="homeport" if visit.probe else "visitor",
        tries=tuple(
            f"{'homeport, which holds it' if t.held else t.address} {t.status}" for t in visit.tries
        ),
    )
