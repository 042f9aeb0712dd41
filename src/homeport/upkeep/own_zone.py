"""TXT records by credentials that a container brings: of a zone that is none of the box's."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import msgspec

from homeport.engine.process import run
from homeport.errors import HomeportError
from homeport.upkeep.own_zone_job import TxtDone, TxtJob

_SECONDS = 120.0  # for a value to be set, and seen


class OwnZone:
    """As TxtRecords says; each call is a process that ends."""

    def __init__(self, provider: str, options: Mapping[str, str]) -> None:
        """A provider of DNS, and the credentials for it."""
        self._provider, self._options = provider, dict(options)

    async def set_txt(self, name: str, value: str) -> None:
        """Add a value, and wait until the zone's name servers have it."""
        await self._do(name, value, there=True)

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a value away."""
        await self._do(name, value, there=False)

    async def _do(self, name: str, value: str, *, there: bool) -> None:
        job = TxtJob(
            provider=self._provider, options=self._options, name=name, value=value, there=there
        )
        program = [sys.executable, "-m", "homeport.upkeep.own_zone_job"]
        ended = await run(program, stdin=msgspec.json.encode(job), seconds=_SECONDS)
        if ended.status:
            raise HomeportError(f"TXT of {name}: {ended.complaint[:200]}")
        if fault := msgspec.json.decode(ended.stdout, type=TxtDone).fault:
            raise HomeportError(fault)
