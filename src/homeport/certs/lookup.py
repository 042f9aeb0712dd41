"""CAA records, looked up by the process that orders. Synchronous."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

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
        self._known: dict[str, tuple[Caa, ...]] = {}  # of a name: hosts share their parents
        self._silent: set[str] = set()  # zones of which nobody answers; "": the resolver does not

    def __call__(self, host: str) -> _Found:
        """The records that count for a host; none where there are none, or nobody answers.

        An authority asks for itself: what cannot be looked up from here keeps nobody waiting, not
        even where a certificate has a hundred names.
        """
        for name in climb(host):
            if name not in self._known:
                self._known[name] = self._at(name)
            if found := self._known[name]:
                return name, found
        return host, ()

    def _at(self, name: str) -> tuple[Caa, ...]:
        zone = self._zone(name)
        if zone in self._silent:
            return ()
        for ask in self._who(zone):
            try:
                return _records(ask(name))
            except (dns.exception.Timeout, OSError, EOFError):
                continue
            except dns.exception.DNSException:
                return ()  # an answer that says nothing
        self._silent.add(zone)
        return ()

    def _who(self, zone: str) -> list[Callable[[str], Sequence[RRset]]]:
        """Those to ask about a zone, one after the other."""
        if not zone:
            return [_resolved]
        return [partial(_asked, address=a, port=p) for a, p in self._nameservers[zone]]

    def _zone(self, name: str) -> str:
        """The zone whose servers are known; "" where none is."""
        zones = [z for z in self._nameservers if name == z or name.endswith(f".{z}")]
        return max(zones, key=len, default="")


def _records(answer: Sequence[RRset]) -> tuple[Caa, ...]:
    return tuple(
        Caa(
            critical=bool(rdata.flags & 128),
            tag=rdata.tag.decode(errors="replace").lower(),
            value=rdata.value.decode(errors="replace"),
        )
        for rrset in answer
        if rrset.rdtype == dns.rdatatype.CAA
        for rdata in rrset
    )


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
