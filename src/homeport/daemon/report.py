"""What the daemon says of itself: `homeport status`, and a host's way through the proxy."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import Any

from homeport import __version__
from homeport.daemon.images import Registrar
from homeport.daemon.keep import SystemKeeper
from homeport.daemon.parts import resident
from homeport.daemon.system import examiner_of
from homeport.daemon.zones import ZoneFile
from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.proxy.apply import Proxy
from homeport.proxy.seen import Observation
from homeport.proxy.shown import shown
from homeport.settings import Settings
from homeport.upkeep.certificates import Certificates
from homeport.upkeep.disk import Governor
from homeport.upkeep.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The parts that a report is about."""

    settings: Settings
    docker: Docker
    watch: Watch
    proxy: Proxy
    system: SystemKeeper
    registrar: Registrar
    governor: Governor
    records: Records
    zones: ZoneFile
    certificates: Certificates


class Report:
    """Looks at the parts when it is asked."""

    def __init__(self, parts: Reported) -> None:
        self._parts = parts
        self._began = time.time()

    async def status(self) -> dict[str, Any]:
        """For `homeport status` and `GET /api/status`."""
        return self._itself() | self._places() | self._served() | {"proxy": await self._nginx()}

    async def examine(self, host: str) -> Observation:
        """All that can be seen of a host that the proxy may serve."""
        parts = self._parts
        examiner = examiner_of(parts.docker, parts.proxy, parts.settings)
        return await examiner.look(host, parts.watch.view.values(), parts.settings.instance)

    def _itself(self) -> dict[str, Any]:
        parts = self._parts
        return {
            "version": __version__,
            "ready": parts.system.ready.is_set() and parts.registrar.settled,
            "trouble": parts.system.trouble,
            "engine": "answers" if parts.watch.complete else "does not answer",
            "uptime": round(time.time() - self._began, 1),
            "memory": resident(),
            "pid": os.getpid(),
        }

    def _places(self) -> dict[str, Any]:
        parts = self._parts
        return {
            "state_dir": str(parts.settings.state),
            "listen": parts.settings.listen,
            "registry": parts.registrar.status(),
            "space": asdict(last) if (last := parts.governor.last) else {},
            "disk_budget": parts.settings.disk_budget,
        }

    def _served(self) -> dict[str, Any]:
        parts, table = self._parts, self._parts.proxy.table
        return {
            "dns": parts.records.status() | {"fault": parts.zones.fault},
            "routes": shown(table, parts.proxy.serving.secured),
            "certificates": parts.certificates.listed(),
            "refusals": [asdict(refusal) for refusal in table.refusals],
        }

    async def _nginx(self) -> dict[str, Any]:
        proxy, settings = self._parts.proxy, self._parts.settings
        return {
            "generation": proxy.serving.generation,
            "reloads": proxy.serving.reloads,
            "http_port": settings.http_port,
            "answers": bool(await proxy.nginx.generation()),
        }
