"""Engine client: aiodocker. Arguments: LABEL, and `inspect` to inspect each container listed."""

# mypy: disable-error-code="import-not-found"
# Only .venv-choices has aiodocker.

from __future__ import annotations

import asyncio
import sys

import aiodocker

from bench.choices.probes.report import report


async def main(label: str, inspect: bool) -> None:
    """List, then inspect."""
    async with aiodocker.Docker() as docker:
        found = await docker.containers.list(all=True, filters={"label": [label]})
        for container in found if inspect else ():
            await container.show()
    report(containers=len(found))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], "inspect" in sys.argv[2:]))
