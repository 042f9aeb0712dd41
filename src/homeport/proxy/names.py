"""What DNS says of a name: this machine's resolver, and the zone's own name servers."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Sequence

from homeport.proxy.seen import Authority, Names

_LOOPBACK = "127.0.0.1"
_SECONDS = 5.0  # until the resolver is given up
_EACH = 2.0  # until one name server is
_MOST = 4  # name servers that are asked


async def resolve(host: str) -> Names:
    """What the resolver says, as every program of this machine hears it (/etc/hosts included)."""
    if host == "localhost" or host.endswith(".localhost"):
        # RFC 6761, 6.3: browsers and curl ask nobody for it; glibc may.
        return Names(addresses=(_LOOPBACK,), here=(_LOOPBACK,))
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_SECONDS):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Names(fault=f"no answer within {_SECONDS:g} s")
    except (OSError, UnicodeError) as error:
        return Names(fault=(getattr(error, "strerror", None) or str(error)).lower())
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    return Names(addresses=addresses, here=tuple(a for a in addresses if is_here(a)))


def is_here(address: str) -> bool:
    """Whether it is an address of this machine: only such a one can be bound."""
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as end:
        end.bind((address, 0))
        return True
    return False


def authorities(
    host: str, *, nameservers: Sequence[str] = (), port: int = 53
) -> tuple[Authority, ...]:
    """What the name servers of its zone say themselves; none where there is no such zone.

    Args:
        host: the name.
        nameservers: the resolvers by which the zone is found; else those of this machine.
        port: of the resolvers and of the zone's servers.
    """
    if host.endswith("localhost"):
        return ()
    # 15 MB, for this command alone.
    import dns.exception
    import dns.resolver

    try:
        resolver = dns.resolver.Resolver(configure=not nameservers)
        resolver.lifetime = _SECONDS
        if nameservers:
            resolver.nameservers, resolver.port = list(nameservers), port
        zone = dns.resolver.zone_for_name(host, resolver=resolver)
        if len(zone) < 2:  # the root, of a name that nobody registered
            return ()
        servers = [str(record.target) for record in resolver.resolve(zone, "NS")][:_MOST]
        return tuple(_asked(host, name, resolver, port) for name in sorted(servers))
    except dns.exception.DNSException:
        return ()


def _asked(host: str, server: str, resolver: object, port: int) -> Authority:
    import dns.exception
    import dns.message
    import dns.query
    import dns.rdatatype
    import dns.resolver

    assert isinstance(resolver, dns.resolver.Resolver)
    found: list[str] = []
    name = server.rstrip(".")
    try:
        address = str(next(iter(resolver.resolve_name(server, lifetime=_EACH).addresses())))
        for kind in ("A", "AAAA"):
            question = dns.message.make_query(host, kind)
            answer = dns.query.udp_with_fallback(question, address, timeout=_EACH, port=port)[0]
            kinds = (dns.rdatatype.A, dns.rdatatype.AAAA)
            found += [str(r) for rrset in answer.answer for r in rrset if rrset.rdtype in kinds]
    except (dns.exception.DNSException, OSError, StopIteration) as error:
        return Authority(server=name, fault=str(error) or type(error).__name__)
    return Authority(server=name, addresses=tuple(found))
