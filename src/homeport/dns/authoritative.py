"""What a zone's own name servers answer: no cache stands in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from homeport.dns.lean import asyncquery, asyncresolver
from homeport.dns.model import MARK, Observed, Zone, endpoint
from homeport.errors import Unavailable

_SECONDS = 3.0  # for one question
_MOST = 4  # name servers that are asked
_KEPT = 300.0  # seconds for which the list of name servers is believed
_AT_ONCE = 16  # hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A name server of the zone, by the name that people know."""

    name: str
    address: str
    port: int = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one server says of a name; `fault` where it does not."""

    server: str
    values: tuple[str, ...] = ()
    fault: str = ""


class Authoritative:
    """The name servers of one zone."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._found: tuple[Server, ...] = ()
        self._until = 0.0

    async def ask(self, name: str, kinds: Collection[str]) -> tuple[Said, ...]:
        """What each of them says, of these kinds together.

        Raises:
            Unavailable: nobody knows which they are.
        """
        servers = await self.servers()
        return tuple(await asyncio.gather(*(_said(one, name, kinds) for one in servers)))

    async def observe(self, hosts: Collection[str]) -> dict[str, Observed]:
        """What the first that answers says of each host.

        Raises:
            Unavailable: none answers.
        """
        few = asyncio.Semaphore(_AT_ONCE)

        async def one(host: str) -> Observed:
            async with few:
                return await self._observed(host)

        return dict(zip(hosts, await asyncio.gather(*map(one, hosts)), strict=True))

    async def _observed(self, host: str) -> Observed:
        a, aaaa, named, mark = [
            self._first(await self.ask(name, (kind,)))
            for name, kind in (
                (host, "A"), (host, "AAAA"), (host, "CNAME"), (f"{MARK}.{host}", "TXT"),
            )
        ]  # fmt: skip
        return Observed(a=a, aaaa=aaaa, cname=bool(named), mark=mark)

    def _first(self, said: Collection[Said]) -> tuple[str, ...]:
        for one in said:
            if not one.fault:
                return one.values
        why = "; ".join(f"{one.server}: {one.fault}" for one in said)
        raise Unavailable(f"no name server of {self._zone.name} answers: {why}")

    async def servers(self) -> tuple[Server, ...]:
        """Those that the settings name, or that the zone names.

        Raises:
            Unavailable: nobody knows which they are.
        """
        if self._zone.nameservers:
            return tuple(_server(text) for text in self._zone.nameservers)
        if not self._found or time.monotonic() > self._until:
            self._found = await self._look_up()
            self._until = time.monotonic() + _KEPT
        return self._found

    async def _look_up(self) -> tuple[Server, ...]:
        try:
            resolver = asyncresolver.Resolver()
            resolver.lifetime = _SECONDS
            zone = await asyncresolver.zone_for_name(self._zone.name, resolver=resolver)
            if len(zone) < 2:  # the root: nobody registered it
                raise Unavailable(f"nobody has a zone {self._zone.name}")
            names = sorted(str(one.target) for one in await resolver.resolve(zone, "NS"))
            found = await asyncio.gather(*(_address(n, resolver) for n in names[:_MOST]))
        except (dns.exception.DNSException, OSError) as error:
            why = f"the name servers of {self._zone.name} cannot be found"
            hint = "does this box's resolver answer? `nameservers` in the file of zones names them"
            raise Unavailable(why, hint=hint) from error
        if not any(found):
            raise Unavailable(f"the name servers of {self._zone.name} have no address")
        return tuple(one for one in found if one)


async def _address(name: str, resolver: asyncresolver.Resolver) -> Server | None:
    for kind in ("A", "AAAA"):
        try:
            answer = await resolver.resolve(name, kind)
        except dns.exception.DNSException:
            continue
        return Server(name=name.rstrip("."), address=str(answer[0]))
    return None


async def _said(server: Server, name: str, kinds: Collection[str]) -> Said:
    try:
        found = [value for kind in kinds for value in await _values(server, name, kind)]
    except (dns.exception.DNSException, OSError, EOFError) as error:
        fault = str(error) or type(error).__name__
        return Said(server=server.name, fault=fault)
    return Said(server=server.name, values=tuple(sorted(found)))


async def _values(server: Server, name: str, kind: str) -> list[str]:
    question = dns.message.make_query(name, kind)
    question.flags &= ~dns.flags.RD  # from its own zones, or not at all
    answer, _ = await asyncquery.udp_with_fallback(
        question, server.address, timeout=_SECONDS, port=server.port
    )
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise OSError(f"it answers {dns.rcode.to_text(answer.rcode())}")
    wanted, asked = dns.rdatatype.from_text(kind), dns.name.from_text(name)
    rows = (s for s in answer.answer if s.rdtype == wanted and s.name == asked)
    return [
        b"".join(rdata.strings).decode(errors="replace") if kind == "TXT" else rdata.to_text()
        for rrset in rows
        for rdata in rrset
    ]


def _server(text: str) -> Server:
    address, port = endpoint(text)
    return Server(name=text, address=address, port=port)
