"""Asking the router for its outer address: PCP and NAT-PMP with one datagram, or UPnP."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from homeport.dns import igd, pcp
from homeport.errors import Unavailable

_PAUSES = (0.25, 0.5, 1.0)  # seconds until a datagram is sent again (RFC 6886, 3.1)
_SEARCH = 2.0  # seconds in which routers answer a search
HTTP = 5.0  # seconds for one request
_ROUTES = Path("/proc/net/route")


# A page over HTTP: URL, headers, and a body, which makes it a POST; b"" for all but 200.
Fetch = Callable[[str, Mapping[str, str], bytes], Awaitable[bytes]]


async def outer_address(way: str, fetch: Fetch) -> str:
    """The router's outer address, public or not: it may have a private one itself.

    Args:
        way: "pcp" (NAT-PMP too), "upnp", or "auto": one after the other.
        fetch: asks a router that speaks UPnP.

    Raises:
        Unavailable: no router answers.
    """
    said = await _by_pcp() if way in ("auto", "pcp") else ""
    if not said and way in ("auto", "upnp"):
        said = await _by_upnp(fetch)
    try:
        return str(ip_address(said))
    except ValueError as error:
        hint = "does it speak PCP, NAT-PMP or UPnP, and is that switched on?"
        raise Unavailable("no router says its address", hint=hint) from error


def gateway(routes: str) -> str:
    """The next hop of the default route, of what /proc/net/route says; "" where there is none."""
    best: tuple[int, str] | None = None
    for line in routes.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or (fields[1], fields[7]) != ("00000000", "00000000"):
            continue
        hop = str(IPv4Address(struct.pack("=I", int(fields[2], 16))))
        if hop != "0.0.0.0":  # noqa: S104 - a link without a next hop
            best = min(best or (int(fields[6]), hop), (int(fields[6]), hop))
    return best[1] if best else ""


async def _by_pcp() -> str:
    """NAT-PMP, which has a question for it, then PCP."""
    router = gateway(_ROUTES.read_text()) if _ROUTES.exists() else ""
    if not router:
        return ""
    with _datagrams() as end:
        try:
            end.connect((router, pcp.PORT))  # answers of others are not heard
        except OSError:
            return ""
        nonce, ours = os.urandom(pcp.NONCE), str(end.getsockname()[0])
        said = await _exchanged(end, pcp.NAT_PMP_QUESTION, pcp.nat_pmp_answer)
        if said == "":  # it answered, and does not speak NAT-PMP
            question = pcp.pcp_question(nonce, ours)
            said = await _exchanged(end, question, lambda data: pcp.pcp_answer(data, nonce))
        return said or ""


async def _exchanged(
    end: socket.socket, question: bytes, read: Callable[[bytes], str]
) -> str | None:
    """What the router answers; None where it does not."""
    loop = asyncio.get_running_loop()
    for pause in _PAUSES:
        try:
            end.send(question)
            async with asyncio.timeout(pause):
                return read(await loop.sock_recv(end, pcp.LARGEST))
        except TimeoutError:
            continue
        except OSError:  # nobody listens there
            return None
    return None


async def _by_upnp(fetch: Fetch) -> str:
    """The first router that says an address."""
    async for at in _descriptions():
        if said := await _asked(at, fetch):
            return said
    return ""


async def _descriptions() -> AsyncIterator[str]:
    """Where the descriptions of the routers are that answer a search, each once."""
    loop, seen = asyncio.get_running_loop(), set[str]()
    with _datagrams() as end, contextlib.suppress(TimeoutError, OSError):
        end.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2)
        for search in igd.searches():
            end.sendto(search, (igd.GROUP, igd.PORT))
        deadline = loop.time() + _SEARCH
        while True:
            async with asyncio.timeout_at(deadline):
                data, sender = await loop.sock_recvfrom(end, 4096)
            at = igd.location(data, str(sender[0]))
            if at and at not in seen:
                seen.add(at)
                yield at


async def _asked(at: str, fetch: Fetch) -> str:
    """What the router whose description is there says; "" for nothing."""
    service, url = igd.control(await fetch(at, {}, b""), at)
    if not service:
        return ""
    headers, body = igd.question(service)
    return igd.answer(await fetch(url, headers, body))


def _datagrams() -> socket.socket:
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.setblocking(False)
    return end
