"""Engine client: h11 over asyncio's streams. Arguments: LABEL, and `inspect`."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any
from urllib.parse import quote

import h11

from bench.choices.probes.report import report


class Engine:
    """One connection, kept alive."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.http = h11.Connection(h11.CLIENT)

    async def get(self, path: str) -> Any:
        """One call, read whole."""
        self._send(h11.Request(method="GET", target=path, headers=[("Host", "engine")]))
        self._send(h11.EndOfMessage())
        parts = []
        while not isinstance(event := await self._next(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                parts.append(event.data)
        self.http.start_next_cycle()
        return json.loads(b"".join(parts))

    def _send(self, event: h11.Request | h11.EndOfMessage) -> None:
        self.writer.write(self.http.send(event) or b"")

    async def _next(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.http.receive_data(await self.reader.read(65536))
        return event


async def main(label: str, inspect: bool) -> None:
    """List, then inspect."""
    engine = Engine(*await asyncio.open_unix_connection("/var/run/docker.sock"))
    filters = quote(json.dumps({"label": [label]}))
    found = await engine.get(f"/containers/json?all=1&filters={filters}")
    for container in found if inspect else ():
        await engine.get(f"/containers/{container['Id']}/json")
    report(containers=len(found))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], "inspect" in sys.argv[2:]))
