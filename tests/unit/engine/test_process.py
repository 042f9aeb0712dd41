import asyncio
import os
from pathlib import Path

import pytest

from homeport.engine import process


async def _manners() -> tuple[int, str]:
    """How nice a program is that was started: among its session, and its session among others."""
    async with process.stream(["/bin/sh", "-c", "echo $$; exec sleep 5"]) as output:
        number = int(await anext(aiter(output)))
        among_others = Path(f"/proc/{number}/autogroup").read_text().partition(" ")[2]
        return os.getpriority(os.PRIO_PROCESS, number), among_others.strip()


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="no such kernel")
@pytest.mark.skipif(os.geteuid() != 0, reason="a plain user may say so once in 0.1 s")
def test_programs_give_way_in_their_session_and_their_session_among_others() -> None:
    assert asyncio.run(_manners()) == (10, "nice 10")
