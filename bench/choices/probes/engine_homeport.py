"""Engine client: homeport's own, with its types. Arguments: LABEL, and `inspect`."""

from __future__ import annotations

import asyncio
import sys

from bench.choices.probes.report import report
from homeport.engine.docker import Docker


async def main(label: str, inspect: bool) -> None:
    """List, then inspect."""
    docker = Docker()
    found = await docker.containers(labels=(label,))
    for container in found if inspect else ():
        await docker.container(container.id)
    docker.close()
    report(containers=len(found))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], "inspect" in sys.argv[2:]))
