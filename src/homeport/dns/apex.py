"""Which zone holds a name: the nearest name above it that has an SOA record."""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from homeport.dns.lean import asyncquery, asyncresolver
from homeport.dns.model import endpoint
from homeport.errors import HomeportError, NotFound, Unavailable

_SECONDS = 5.0  # for one question


async def apex_of(name: str, server: str = "") -> str:
    """The zone, asked of `server`, or of this machine's resolver.

    Raises:
        NotFound: no zone does.
        Unavailable: nobody answers.
    """
    whole = dns.name.from_text(name)
    try:
        found = await (_at(whole, server) if server else _looked_up(whole))
    except (dns.exception.DNSException, OSError, EOFError) as error:
        why = str(error) or type(error).__name__
        raise Unavailable(f"it cannot be found out which zone holds {name}: {why}") from error
    if found is None or len(found) < 2:  # the root: nobody registered it
        raise _nobodys(name)
    return found.to_text(omit_final_dot=True).lower()


async def _looked_up(name: dns.name.Name) -> dns.name.Name:
    resolver = asyncresolver.Resolver()
    resolver.lifetime = _SECONDS
    return await asyncresolver.zone_for_name(name, resolver=resolver)


async def _at(name: dns.name.Name, server: str) -> dns.name.Name | None:
    address, port = endpoint(server)
    question = dns.message.make_query(name, "SOA")
    question.flags &= ~dns.flags.RD
    answer, _ = await asyncquery.udp_with_fallback(question, address, timeout=_SECONDS, port=port)
    for rrset in (*answer.answer, *answer.authority):
        if rrset.rdtype == dns.rdatatype.SOA and name.is_subdomain(rrset.name):
            return rrset.name
    return None


def _nobodys(name: str) -> HomeportError:
    return NotFound(f"no zone holds {name}", hint="NSUPDATE_ZONE names it, where it is hidden")
