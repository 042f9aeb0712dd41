"""CAA records, looked up by the process that orders. Synchronous."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import dns.resolver
from dns.rrset import RRset

from homeport.certs.caa import Caa, climb

_SECONDS = 3.0  # for one question
_Found = tuple[str, tuple[Caa, ...]]  # where, and what


class Lookup:
    """Asks this machine's resolver, or the servers that the file of zones names for a zone."""

    def __init__(self, nameservers: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        """`nameservers`: zone -> addresses and ports."""
        self._nameservers = nameservers

    def __call__(self, host: str) -> _Found:
        """The records that count for a host; none where there are none, or nobody answers.

        An authority asks for itself: what cannot be looked up from here keeps nobody waiting.
        """
        try:
            for name in climb(host):
                if found := self._at(name):
                    return name, found
        except (dns.exception.DNSException, OSError, EOFError):
            pass
        return host, ()

    def _at(self, name: str) -> tuple[Caa, ...]:
        servers = self._servers(name)
        answer = _asked(name, *servers[0]) if servers else _resolved(name)
        rows = [one for one in answer if one.rdtype == dns.rdatatype.CAA]
        return tuple(
            Caa(
                critical=bool(rdata.flags & 128),
                tag=rdata.tag.decode(errors="replace").lower(),
                value=rdata.value.decode(errors="replace"),
            )
            for rrset in rows
            for rdata in rrset
        )

    def _servers(self, name: str) -> Sequence[tuple[str, int]]:
        zones = [z for z in self._nameservers if name == z or name.endswith(f".{z}")]
        return self._nameservers[max(zones, key=len)] if zones else ()


def _asked(name: str, address: str, port: int) -> Sequence[RRset]:
    question = dns.message.make_query(name, "CAA")
    question.flags &= ~dns.flags.RD
    answer, _ = dns.query.udp_with_fallback(question, address, timeout=_SECONDS, port=port)
    return answer.answer


def _resolved(name: str) -> Sequence[RRset]:
    resolver = dns.resolver.Resolver()
    resolver.lifetime = _SECONDS
    try:
        answer = resolver.resolve(name, "CAA", raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return ()
    return answer.response.answer
