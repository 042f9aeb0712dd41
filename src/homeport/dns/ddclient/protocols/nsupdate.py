"""RFC 2136: `password` names the file of nsupdate's key. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.dns.ddclient.model import Host, Message, Talk
from homeport.dns.ddclient.protocols.base import failed, good, unheard
from homeport.dns.ddclient.text import is_ipv6


def nsupdate(hosts: Sequence[Host], now: int) -> Talk:
    """All hosts of a zone in one message: what they had goes, the address comes."""
    first = hosts[0]
    answer = yield Message(
        server=first.get("server"),
        zone=first.get("zone"),
        kind="AAAA" if is_ipv6(first.ip) else "A",
        address=first.ip,
        ttls={host.name: int(host.get("ttl") or 600) for host in hosts},
        keyfile=first.get("password"),
        tcp=first.on("tcp"),
    )
    if answer.ok:
        return [good(host) for host in hosts]
    if not answer.status:
        return [unheard(host, answer) for host in hosts]
    told = f"the name server refuses: {answer.text}"
    return [failed(h, told, status="noconnect", refused=answer.status == 403) for h in hosts]
