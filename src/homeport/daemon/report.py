"""What the daemon says of itself: `homeport status`, and a host's way through the proxy."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import Any

from homeport import __version__
from homeport.daemon.core import Core
from homeport.daemon.images import Registrar
from homeport.daemon.parts import resident
from homeport.daemon.system import examiner_of
from homeport.daemon.zones import ZoneFile
from homeport.proxy.seen import Observation
from homeport.proxy.shown import shown
from homeport.upkeep.certificates import Certificates
from homeport.upkeep.disk import Governor
from homeport.upkeep.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The parts that a report is about."""

    core: Core
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
        core = self._parts.core
        examiner = examiner_of(core.docker, core.proxy, core.settings)
        return await examiner.look(host, core.containers(), core.settings.instance)

    def _itself(self) -> dict[str, Any]:
        core, registrar = self._parts.core, self._parts.registrar
        return {
            "version": __version__,
            "ready": core.system.ready.is_set() and registrar.settled,
            "trouble": core.system.trouble,
            "engine": "answers" if core.watch.complete else "does not answer",
            "uptime": round(time.time() - self._began, 1),
            "memory": resident(),
            "pid": os.getpid(),
        }

    def _places(self) -> dict[str, Any]:
        parts, settings = self._parts, self._parts.core.settings
        return {
            "state_dir": str(settings.state),
            "listen": settings.listen,
            "registry": parts.registrar.status(),
            "space": asdict(last) if (last := parts.governor.last) else {},
            "disk_budget": settings.disk_budget,
        }

    def _served(self) -> dict[str, Any]:
        parts, proxy = self._parts, self._parts.core.proxy
        return {
            "dns": parts.records.status() | {"fault": parts.zones.fault},
            "routes": shown(proxy.table, proxy.serving.secured),
            "certificates": parts.certificates.listed(),
            "refusals": [asdict(refusal) for refusal in proxy.table.refusals],
        }

    async def _nginx(self) -> dict[str, Any]:
        proxy, settings = self._parts.core.proxy, self._parts.core.settings
        return {
            "generation": proxy.serving.generation,
            "reloads": proxy.serving.reloads,
            "http_port": settings.http_port,
            "answers": bool(await proxy.nginx.generation()),
        }
