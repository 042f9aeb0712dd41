"""nginx's workers: those that take connections, and those that a reload retires.

nginx starts the new workers, and tells the old ones 0.1 s later to take no more connections; until
it has gone, an old one takes one more request on each connection that a client keeps open. Both
by the table that they began with. In nginx-proxy's place we tell the old ones ourselves.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import HomeportError

# The titles that nginx gives its processes (ngx_worker_process_cycle).
_WORKER, _RETIRING = "nginx: worker process", "worker process is shutting down"
# A process a line: its id, then its title.
_LIST = r"""for p in /proc/[0-9]*; do echo "${p#/proc/} $(tr '\0' ' ' < $p/cmdline)"; done"""
# What nginx reads of 1,000 hosts is 90 MB: in large pages that takes 0.10 s, in small ones 0.17 s.
LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def handed_over(master: int, old: set[int]) -> set[int]:
    """Retire the old workers as soon as as many new ones are there; those that are still to be.

    nginx does it 0.1 s after it started the new ones, and until then the old take most connections.
    """
    now = taking(master)
    if not old or len(now - old) < len(old):
        return old
    for pid in now & old:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGQUIT)
    return set()


def taking(master: int) -> set[int]:
    """The workers of a master that take connections: those that began have this title."""
    found = set()
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{master}/task/{master}/children").read_text().split():
            with contextlib.suppress(OSError):
                title = Path(f"/proc/{child}/cmdline").read_text(errors="replace")
                if title.startswith(_WORKER) and _RETIRING not in title:
                    found.add(int(child))
    return found


async def workers(docker: Docker, nginx: str) -> dict[str, bool]:
    """Process id -> whether it is retiring; empty where nginx does not run."""
    try:
        titles = await _titles(docker, nginx)
    except HomeportError:
        return {}
    return {pid: _RETIRING in title for pid, title in titles.items() if _WORKER in title}


async def _titles(docker: Docker, nginx: str) -> dict[str, str]:
    """The command line of each process: read, or printed by a program in the container."""
    pid = (await docker.container(nginx)).pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {child: _title(child) for child in children}
    except OSError:
        _status, output = await docker.run_in(nginx, ["sh", "-c", _LIST])
        lines = (line.partition(" ") for line in output.decode(errors="replace").splitlines())
        return {number: title for number, _, title in lines}


def _title(pid: str) -> str:
    with contextlib.suppress(OSError):  # it has gone meanwhile
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    return ""
