"""What listens where: asked by connecting, or read in a container's network namespace."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Iterable
from pathlib import Path

import msgspec

_LISTEN = "0A"  # include/net/tcp_states.h


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A listening TCP socket. `loopback`: nobody outside of its container reaches it."""

    port: int
    loopback: bool
    address: str = ""  # IPv4; "" for IPv6, which as :: takes IPv4, too


async def accepts(address: str, port: int, *, seconds: float = 1.0) -> bool:
    """Whether a TCP connection to `address`:`port` is taken."""
    try:
        async with asyncio.timeout(seconds):
            _reader, writer = await asyncio.open_connection(address, port)
    except OSError:  # refused, unreachable, or the time-out
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def any_accepts(addresses: Iterable[str], port: int) -> bool:
    """Whether one of them does, asked at once: who does not answer at all is not waited for."""
    tries = [asyncio.ensure_future(accepts(address, port)) for address in addresses]
    try:
        for answer in asyncio.as_completed(tries):
            if await answer:
                return True
        return False
    finally:
        for one in tries:
            one.cancel()


def listening(pid: int) -> list[Listener]:
    """The listeners in the network namespace of process `pid`; none where it may not be read."""
    found = []
    for name in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            found += _first(Path(f"/proc/{pid}/net/{name}"))
    return found


def _first(table: Path) -> list[Listener]:
    """The listeners of a table, in which they stand before thousands of connections.

    Source: linux, Documentation/networking/proc_net_tcp.rst (the order).
    """
    with table.open() as lines:
        rows = map(str.split, itertools.islice(lines, 1, None))
        return [_listener(row) for row in itertools.takewhile(lambda r: r[3] == _LISTEN, rows)]


def _listener(fields: list[str]) -> Listener:
    """From a line of proc(5)'s net/tcp: `sl local_address rem_address st ...`, in hex."""
    address, _, port = fields[1].partition(":")
    # An IPv4 address stands backwards: 127.0.0.11, Docker's own resolver, is 0B00007F.
    loopback = address == "00000000000000000000000001000000" or address[6:] == "7F"
    ipv4 = ".".join(str(byte) for byte in reversed(bytes.fromhex(address)))
    return Listener(
        port=int(port, 16), loopback=loopback, address=ipv4 if len(address) == 8 else ""
    )
