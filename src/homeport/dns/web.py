"""Asking sources in the web which address they see this box at."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

import httpx

from homeport.dns.address import LARGEST, address_in, agreed
from homeport.dns.fetch import fetch
from homeport.dns.model import Addresses
from homeport.errors import Unavailable

_SECONDS = 10.0  # for one answer


async def seen_from_outside(sources: Sequence[str]) -> Addresses:
    """The addresses that two sources agree on, each family by itself.

    Raises:
        Unavailable: they agree on none.
    """
    trust = ssl.create_default_context()
    said = await asyncio.gather(
        *(_ask(source, trust, v6=v6) for v6 in (False, True) for source in sources)
    )
    found = Addresses(v4=agreed(said[: len(sources)]), v6=agreed(said[len(sources) :]))
    if not found.known:
        hint = "is the box online, and do they answer with an address and nothing else?"
        said_so = f"no two of {', '.join(sources)} agree on a public address"
        raise Unavailable(said_so, hint=hint)
    return found


async def _ask(source: str, trust: ssl.SSLContext, *, v6: bool) -> str:
    """What one source says; "" for an answer that is not 200, or is somebody else's page."""
    # Bound to a family, the request leaves by that family: the source sees the address of it.
    transport = httpx.AsyncHTTPTransport(verify=trust, local_address="::" if v6 else "0.0.0.0")  # noqa: S104 - as above
    headers = {"User-Agent": "homeport"}
    async with httpx.AsyncClient(transport=transport, timeout=_SECONDS) as client:
        page = await fetch(client, source, most=LARGEST, seconds=_SECONDS, headers=headers)
    return address_in(page.decode(errors="replace"), v6=v6)
