"""One TXT record, in a process that ends: `python -m homeport.upkeep.own_zone_job`.

The library of DNS takes 5 MB, which the daemon would keep. The job comes on standard input, as it
holds credentials; what went wrong goes to standard output.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from homeport.dns.model import Zone
from homeport.errors import HomeportError
from homeport.events import Event
from homeport.upkeep.confirm import Confirmation

_SERVED = 90.0  # seconds until the name servers answer with a TXT value that was set


class TxtJob(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is to be there, or to go."""

    provider: str
    options: dict[str, str]  # with `zone`, where the container names it
    name: str
    value: str
    there: bool


class TxtDone(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended."""

    fault: str = ""  # "": it is done


def main() -> None:
    """Do it, and say how it ended."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=TxtJob)
    try:
        asyncio.run(_do(job))
        done = TxtDone()
    except HomeportError as error:
        done = TxtDone(fault=error.message)
    sys.stdout.buffer.write(msgspec.json.encode(done))


async def _do(job: TxtJob) -> None:
    from homeport.dns.providers.known import provider_of

    zone = await _zone(job)
    provider = provider_of(zone)
    if not job.there:
        await provider.remove_txt(job.name, job.value)
        return
    await provider.set_txt(job.name, job.value)
    confirmation = Confirmation(zone, _nothing)
    if await confirmation.finds_servers():
        await confirmation.until(job.name, ("TXT",), (job.value,), _SERVED)


async def _zone(job: TxtJob) -> Zone:
    """A server that takes updates is the one to ask; otherwise those that the zone names."""
    from homeport.dns.apex import apex_of

    options = dict(job.options)
    server = options.get("server", "")
    apex = options.pop("zone", "").lower().rstrip(".") or await apex_of(job.name, server)
    servers = (server,) if server else ()
    return Zone(name=apex, provider=job.provider, options=options, nameservers=servers)


def _nothing(event: Event) -> None:
    """What is set for a moment is told of by the order."""


if __name__ == "__main__":
    main()
