"""Engine client: httpx over the socket. Arguments: LABEL, and `inspect`."""

from __future__ import annotations

import asyncio
import json
import sys

import httpx

from bench.choices.probes.report import report


async def main(label: str, inspect: bool) -> None:
    """List, then inspect."""
    transport = httpx.AsyncHTTPTransport(uds="/var/run/docker.sock")
    async with httpx.AsyncClient(transport=transport, base_url="http://engine") as client:
        query = {"all": "1", "filters": json.dumps({"label": [label]})}
        found = (await client.get("/containers/json", params=query)).json()
        for container in found if inspect else ():
            (await client.get(f"/containers/{container['Id']}/json")).json()
    report(containers=len(found))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], "inspect" in sys.argv[2:]))
