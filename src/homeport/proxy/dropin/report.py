"""What `homeport proxy routes` and `explain` are told by the proxy that runs beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.errors import Unavailable
from homeport.proxy.dropin.apply import Applier
from homeport.proxy.dropin.child import Child
from homeport.proxy.dropin.examine import Examiner, Now
from homeport.proxy.dropin.model import Wanted
from homeport.proxy.dropin.separate import Separate
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.dropin.shown import routes
from homeport.proxy.dropin.sight import Sight
from homeport.proxy.dropin.waiting import Waiting
from homeport.proxy.dropin.whereabouts import Whereabouts
from homeport.proxy.seen import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Of the proxy, as they are now; None for what is not there yet."""

    server: Child | Separate
    waiting: Waiting
    wanted: Wanted | None
    applier: Applier | None


class Report:
    """Answers one question after the other."""

    def __init__(
        self,
        docker: Docker,
        settings: Settings,
        watch: Watch,
        where: Whereabouts,
        sight: Sight,
        parts: Callable[[], Parts],
    ) -> None:
        self._settings, self._watch, self._where, self._sight = settings, watch, where, sight
        self._examiner, self._parts = Examiner(docker, settings), parts

    async def answer(self, words: list[str]) -> Any:
        """JSON for `routes`, or for `explain` and a host.

        Raises:
            Unavailable: it has only begun.
        """
        parts = self._parts()
        if parts.wanted is None or parts.applier is None:
            raise Unavailable("the containers were not listed yet", hint="the Engine is asked")
        match words:
            case ["explain", host]:
                now = await self._now(parts, parts.wanted, parts.applier)
                return msgspec.to_builtins(await self._examiner.look(host, now))
            case _:
                return self._routes(parts.wanted, parts.applier)

    def _routes(self, wanted: Wanted, applier: Applier) -> dict[str, Any]:
        sight = self._sight
        found = routes(applier.read.values(), sight.looked, self._settings, sight.certificates)
        return {"routes": found, "refusals": msgspec.to_builtins(wanted.refusals)}

    async def _now(self, parts: Parts, wanted: Wanted, applier: Applier) -> Now:
        at, nginx = await self._nginx(parts.server, applier.generation)
        return Now(
            wanted=wanted,
            hosts=applier.read,
            looked=self._sight.looked,
            nginx=nginx,
            at=at,
            certificates=self._sight.certificates,
            view=tuple(self._where.others(self._watch.view)),
            left=parts.waiting.left,
        )

    async def _nginx(self, server: Child | Separate, wanted: int) -> tuple[str, Server]:
        """At which address it listens, and how it is."""
        container = self._where.nginx(self._watch.view)
        networks = tuple(sorted(self._sight.looked.around.networks or ()))
        child = isinstance(server, Child)
        found = Server(
            container=container.name if container else "nginx",
            state=container.state if container else "running",
            wanted=wanted,
            # One in a container of its own tells nobody.
            answering=await server.generation() if isinstance(server, Child) else wanted,
            networks=networks,
            told="docker logs",
        )
        endpoints = container.endpoints if container and not child else ()
        return next((e.address for e in endpoints if e.address), "127.0.0.1"), found
