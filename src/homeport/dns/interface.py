"""Addresses of this machine's interfaces, and the moment in which they change: netlink.

    async for found in changes():      # at once, then whenever something changed
        publish(pick(found, interface="eth0"))

The kernel says that something changed within a millisecond; all is then asked for again, so
that nothing which was lost on the way (the socket's buffer is finite) leaves a wrong picture.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator

from homeport.dns.local import LocalAddress
from homeport.dns.netlink import Heard, answered, is_change, question
from homeport.errors import Unavailable

_GROUPS = 0x10 | 0x100  # RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
_LARGEST = 65536  # bytes of a datagram
_SECONDS = 2.0  # for the kernel's answer

_sequence = itertools.count(1)


def now() -> tuple[LocalAddress, ...]:
    """All addresses of all interfaces, sorted; it takes well under a millisecond.

    Raises:
        Unavailable: there is no netlink here, or it does not answer.
    """
    with _opened(0) as end:
        end.settimeout(_SECONDS)
        return _read(end)


async def changes() -> AsyncIterator[tuple[LocalAddress, ...]]:
    """All addresses at once, and again whenever they are others.

    Raises:
        Unavailable: there is no netlink here, or it does not answer.
    """
    with _opened(_GROUPS) as end:  # before the first look: nothing happens in between
        end.setblocking(False)
        told = now()
        yield told
        while True:
            await _changed(end)
            found = now()
            if found != told:
                told = found
                yield found


def _opened(groups: int) -> socket.socket:
    try:
        end = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    except (OSError, AttributeError) as error:
        raise Unavailable(f"there is no netlink socket here: {error}") from error
    try:
        end.bind((0, groups))
    except OSError as error:
        end.close()
        raise Unavailable(f"there is no netlink socket here: {error}") from error
    return end


async def _changed(end: socket.socket) -> None:
    """Return when an address came or went; also when it may have, since news were lost."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            data = await loop.sock_recv(end, _LARGEST)
        except OSError:  # ENOBUFS
            return
        if is_change(data):
            return


def _read(end: socket.socket) -> tuple[LocalAddress, ...]:
    sequence, found, done = next(_sequence), list[Heard](), False
    try:
        end.send(question(sequence))
        while not done:
            some, done = answered(end.recv(_LARGEST), sequence)
            found += some
    except OSError as error:
        raise Unavailable("the kernel does not say which addresses there are") from error
    named = ((_name(one.index), one) for one in found)
    return tuple(sorted((_local(n, one) for n, one in named if n), key=str))


def _name(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:  # it went away meanwhile
        return ""


def _local(name: str, heard: Heard) -> LocalAddress:
    return LocalAddress(
        interface=name,
        address=heard.address,
        prefix=heard.prefix,
        temporary=heard.temporary,
        deprecated=heard.deprecated,
        tentative=heard.tentative,
        stable=heard.stable,
        preferred=heard.preferred,
    )
