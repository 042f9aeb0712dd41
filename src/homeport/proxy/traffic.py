"""What is in flight between nginx and a container: counted in nginx's network namespace.

A reload makes old workers close their idle connections to upstreams, so that a connection to a
container that is no longer served is a request that is not done.
"""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import HomeportError

_ESTABLISHED = "01"  # include/net/tcp_states.h


async def in_flight(docker: Docker, nginx: str, address: str, port: int) -> int:
    """How many connections nginx has to `address`:`port`; 0 where nginx does not run."""
    try:
        table = await _connections(docker, nginx)
    except HomeportError:
        return 0
    return count(table, address, port)


def count(table: str, address: str, port: int) -> int:
    """The established connections to `address`:`port` in the text of net/tcp or net/tcp6."""
    remote = f"{_hex(address)}:{port:04X}"
    rows = (line.split() for line in table.splitlines())
    return sum(1 for row in rows if len(row) > 3 and row[2:4] == [remote, _ESTABLISHED])


async def _connections(docker: Docker, nginx: str) -> str:
    """proc(5)'s net/tcp and net/tcp6 of the container: read, or printed by a program in it."""
    pid = (await docker.container(nginx)).pid
    folder = Path(f"/proc/{pid}/net")
    try:
        return (folder / "tcp").read_text() + (folder / "tcp6").read_text()
    except OSError:
        _status, output = await docker.run_in(nginx, ["cat", "/proc/net/tcp", "/proc/net/tcp6"])
        return output.decode()


def _hex(address: str) -> str:
    """An address as the kernel prints it: each group of four bytes in the host's order."""
    packed = ipaddress.ip_address(address).packed
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words)
