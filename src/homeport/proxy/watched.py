"""The requests that nginx answers, as its logs say: counted, and written down where that is set."""

from __future__ import annotations

import asyncio
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.proxy.logged import Logged
from homeport.proxy.metrics import Requests

_EVERY = 5.0  # seconds between two looks
_COUNTED, _WRITTEN = 16 << 20, 64 << 20  # bytes after which a file is put aside


class Watched:
    """Both logs; neither costs anything where it is off."""

    def __init__(
        self, docker: Docker, nginx: str, run: Path, *, metrics: bool, access_log: bool
    ) -> None:
        """`run` is the folder that nginx sees."""
        self._docker, self._nginx = docker, nginx
        self._counted = Logged(run / "metrics.log", most=_COUNTED) if metrics else None
        self._written = Logged(run / "access.json", most=_WRITTEN) if access_log else None
        self.requests = Requests() if metrics else None
        self._turn = asyncio.Lock()

    def prepare(self) -> None:
        """Make the files before nginx is told of them."""
        for log in (self._counted, self._written):
            if log:
                log.prepare()

    async def run(self) -> None:
        """Read and put aside, for ever."""
        while self._counted or self._written:
            await asyncio.sleep(_EVERY)
            await self.look()
            await self._put_aside()

    async def look(self) -> None:
        """Count what came until now."""
        async with self._turn:
            for lines in self._counted.lines() if self._counted else ():
                self._take(lines)
                await asyncio.sleep(0)

    async def _put_aside(self) -> None:
        async with self._turn:
            if self._counted and await self._counted.put_aside(self._docker, self._nginx):
                for lines in self._counted.last_lines():
                    self._take(lines)
            if self._written:
                await self._written.put_aside(self._docker, self._nginx)

    def _take(self, lines: list[bytes]) -> None:
        if self.requests is not None:
            self.requests.take(lines)
