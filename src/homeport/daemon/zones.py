"""The file of zones while the daemon runs: read anew when it changes, and the last good one stays.

zones = ZoneFile(settings, record)      # FileFault where it is no good when the daemon starts
zones.now                               # what holds
await zones.run(changed)                # for ever
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from homeport.dns.providers.known import NAMED, OPTIONS
from homeport.dns.zones import ZonesFile, read_zones
from homeport.errors import FileFault
from homeport.events import Record, Warned, ZonesRead, ZonesRefused
from homeport.settings import Settings

_LOOK = 1.0  # seconds between two looks: it costs one stat of each file

# What tells that a file is another one: None where it is not there.
_Sign = tuple[tuple[int, int, int] | None, ...]


class ZoneFile:
    """The file that the setting `dns` names, and the files that it names itself."""

    def __init__(self, settings: Settings, record: Record) -> None:
        self._path = Path(settings.dns or settings.state / "dns.toml")
        self._must = bool(settings.dns)
        self._record = record
        self._wake = asyncio.Event()
        self.fault = ""  # why what is in the file does not hold
        self.now = self._read()
        self._sign = self._signed()
        self._warn()

    def look(self) -> None:
        """At once, whether it seems to have changed or not."""
        self._sign = ()
        self._wake.set()

    async def run(self, changed: Callable[[], Awaitable[None]]) -> None:
        """Look for ever; `changed` is called when other things hold."""
        while True:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._wake.wait()
            sign = self._signed()
            if sign == self._sign:
                continue
            if self._sign and not await self._is_whole(sign):
                continue
            self._sign = sign
            if self._take():
                await changed()

    async def _is_whole(self, sign: _Sign) -> bool:
        """An editor may be in the middle of it: it counts when it has been the same for a while."""
        await asyncio.sleep(_LOOK / 4)
        return self._signed() == sign

    def _take(self) -> bool:
        """Read it; whether other things hold now."""
        before = self.now
        try:
            self.now = self._read()
        except FileFault as fault:
            self.fault = fault.message
            self._record(ZonesRefused(place=fault.place, reason=fault.said, hint=fault.hint))
            return False
        self.fault = ""
        self._sign = self._signed()  # it may name other files
        self._warn()
        if self.now != before:
            zones = tuple(zone.name for zone in self.now.zones)
            self._record(ZonesRead(file=str(self._path), zones=zones))
        return self.now != before

    def _read(self) -> ZonesFile:
        there = self._must or self._path.exists()
        return read_zones(self._path, OPTIONS, NAMED) if there else ZonesFile()

    def _warn(self) -> None:
        with contextlib.suppress(OSError):
            if self.now.zones and self._path.stat().st_mode & 0o077:
                text = f"{self._path} holds credentials, and others may read it: chmod 600"
                self._record(Warned(text=text))

    def _signed(self) -> _Sign:
        return tuple(_sign(path) for path in (self._path, *map(Path, self.now.files)))


def _sign(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
