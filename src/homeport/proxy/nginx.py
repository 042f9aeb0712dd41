"""nginx: give it a configuration, and see whether it took it.

Write beside, rename, HUP, ask which generation answers; go back if it did not take. A HUP makes
nginx check the file by itself: a bad one keeps the old workers, and costs no `nginx -t`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import HomeportError, NotFound, Unavailable
from homeport.proxy.workers import workers

_TAKES = 5.0  # seconds; a reload shows in 10-19 ms with 10 hosts, in 1.1 s with 5,000
_EVERY = 0.004
_HEARS = 1.0  # seconds; a bell is heard in 2-20 ms


class Nginx:
    """The proxy's nginx: a container, and a folder that it reads."""

    def __init__(self, docker: Docker, container: str, folder: Path) -> None:
        """`folder` holds conf/nginx.conf, which nginx reads, and run/, where sockets are."""
        self._docker, self.container, self._folder = docker, container, folder

    @property
    def config(self) -> Path:
        """The configuration that nginx reads."""
        return self._folder / "conf" / "nginx.conf"

    @property
    def status_socket(self) -> Path:
        """Where nginx tells its generation."""
        return self._folder / "run" / "status.sock"

    def write(self, text: str) -> None:
        """Put a configuration in place, whole."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        beside = self.config.with_suffix(".new")
        beside.write_text(text)
        beside.replace(self.config)

    async def take(self, text: str, generation: int) -> None:
        """Let nginx serve this configuration; return when it does.

        Raises:
            HomeportError: it refused; the one before is in place again, and serves.
            Unavailable: nginx does not run.
        """
        before = self.config.read_text() if self.config.exists() else ""
        if text == before and await self.generation() == generation:
            return
        self.write(text)
        try:
            await self._reload(generation)
        except HomeportError:
            if before:
                self.write(before)
            raise

    async def generation(self) -> int:
        """The generation that answers; 0 where none does."""
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(1):
                status, body = await self._ask("/generation")
                return int(body) if status == 200 else 0
        return 0

    async def heard(self) -> None:
        """Return when its workers look at the flags, since somebody rings; or after a second."""
        deadline = time.monotonic() + _HEARS
        while time.monotonic() < deadline and not await self.is_watching():
            await asyncio.sleep(_EVERY)

    async def is_watching(self) -> bool:
        """Whether its workers look at the flags at each request."""
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(1):
                return await self._ask("/watched") == (200, "1")
        return False

    async def is_busy(self, site: str) -> bool:
        """Whether a request that may have a body is on its way to a site's containers."""
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(1):
                status, _ = await self._ask(f"/busy/{site}", method="POST")
                return status == 503
        return False

    async def _reload(self, generation: int) -> None:
        began, before = time.time(), await workers(self._docker, self.container)
        await self._hup()
        deadline = time.monotonic() + _TAKES
        while time.monotonic() < deadline:
            if await self.generation() == generation:
                await self._alone(before, deadline)
                return
            complaint = await self._complaint(began)
            if complaint:
                break
            await asyncio.sleep(_EVERY)
        complaint = await self._complaint(began)
        raise HomeportError(
            f"nginx did not take the new configuration: {complaint or 'it did not say why'}",
            hint="what it served before is served still",
        )

    async def _hup(self) -> None:
        try:
            await self._docker.kill(self.container, "HUP")
        except (NotFound, HomeportError) as error:
            raise Unavailable(
                f"nginx ({self.container}) does not run: {error}", hint="homeport doctor"
            ) from error

    async def _alone(self, before: Iterable[str], deadline: float) -> None:
        """Return when the workers of before take no more connections."""
        while time.monotonic() < deadline:
            now = await workers(self._docker, self.container)
            if all(now.get(pid, True) for pid in before):
                return
            await asyncio.sleep(_EVERY)

    async def _complaint(self, since: float) -> str:
        """Nginx's own reason, where it has printed one since then."""
        if time.time() - since < 0.25:
            return ""  # looking costs more than waiting for what is usually the case
        lines = await self._docker.complaints(self.container, since)
        faults = [line for line in lines if "[emerg]" in line]
        return faults[-1].partition("[emerg]")[2].strip() if faults else ""

    async def _ask(self, path: str, *, method: str = "GET") -> tuple[int, str]:
        reader, writer = await asyncio.open_unix_connection(str(self.status_socket))
        try:
            writer.write(f"{method} {path} HTTP/1.0\r\nHost: status\r\n\r\n".encode())
            answer = await reader.read()
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), body.decode(errors="replace")
